import type { RegisteredStrategy } from '../strategy.ts';
import { c3 } from './c3.ts';
import { clientSideWeighted } from './client_side_weighted.ts';
import { joinIdleQueue } from './join_idle_queue.ts';
import { leastRequest } from './least_request.ts';
import { maglev } from './maglev.ts';
import { moduloHash } from './modulo_hash.ts';
import { peakEwma } from './peak_ewma.ts';
import { prequal } from './prequal.ts';
import { random } from './random.ts';
import { rendezvous } from './rendezvous.ts';
import { ring } from './ring.ts';
import { ringHash } from './ring_hash.ts';
import { roundRobin } from './round_robin.ts';
import { weightedRoundRobin } from './weighted_round_robin.ts';

/** Every strategy there is, and the only list of them: a new one is a file and a line here. */
export const strategies: readonly RegisteredStrategy[] = [
  ring,
  roundRobin,
  weightedRoundRobin,
  random,
  leastRequest,
  peakEwma,
  maglev,
  rendezvous,
  ringHash,
  moduloHash,
  clientSideWeighted,
  joinIdleQueue,
  prequal,
  c3,
];

/** The strategy of that name. Throws a RangeError that lists the names there are. */
export function strategyNamed(name: string): RegisteredStrategy {
  const found = strategies.find((strategy) => strategy.name === name);
  if (found) return found;
  throw new RangeError(
    `there is no strategy '${name}'; there are ${strategies.map((strategy) => strategy.name).join(', ')}`,
  );
}

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Host } from '../../src/balancer/host.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import { NO_KEY } from '../../src/core/key.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { CallTable } from '../../src/mesh/calls.ts';
import { PLAIN_REQUEST } from '../../src/mesh/request_policy.ts';
import { Router } from '../../src/mesh/router.ts';
import { balancerWith, hostNamed, instance } from '../helpers/balancing.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { scriptedRandom } from '../helpers/scripted_random.ts';

// What HAProxy 3.5-dev5 (commit 50872daa6) did with servers of these `maxconn` and `maxqueue`, each of which holds its requests
// until it is told to answer the one it has held longest. One thread; it ran as it is published, but that src/backend.c and src/lb_fwlc.c
// wrote down what they drew, and src/queue.c what time it was by its clock, of which slow start counts whole seconds.

interface Run {
  readonly strategy: string;
  readonly options: WrittenOptions;
  readonly weights: readonly number[];
  /** `maxconn`; 0: none. */
  readonly limits: readonly number[];
  /** `minconn`, 0: none, and `fullconn`. */
  readonly least?: readonly number[];
  readonly fullconn?: number;
  /** 0: any number. */
  readonly maxqueue: number;
  /** `slowstart` of all; `option redispatch`; `timeout queue`, 0: an hour. */
  readonly slowStartMs?: number;
  readonly redispatch?: number;
  readonly timeoutMs?: number;
  /** `maxconn` of a server that is added while it runs. */
  readonly added?: number;
  /** How many servers are no backups, the first ones; and whether all backups serve (`option allbackups`). */
  readonly others?: number;
  readonly allBackups?: boolean;
  /**
   * `a`, a request that a got; `a5`, one with key 5; `~5`, one that waits; `x5`, one that failed. `-a`, a answers; `-a>3a+4a`, and
   * then it got the requests 3 and 4, counted from 0, and `>5!503`, then 5 failed; `a:maint`, `a:ready`, a leaves and comes back;
   * `a:down`, `a:up`, it is found not to be well, and well again; `d:add`, it is new; `+150`, time passes.
   */
  readonly record: string;
  /** When each of these was, in milliseconds, and when the last was over; `phaseMs` later by HAProxy's clock. */
  readonly atMs: readonly number[];
  readonly phaseMs?: number;
  readonly draws: readonly number[];
}

const runs: readonly Run[] = JSON.parse(readFileSync(new URL('./limits_measured.json', import.meta.url), 'utf8'));

/** The record again, as this router has it. */
function replayed(run: Run): string {
  const clock = new ManualClock();
  const { phaseMs = 0, slowStartMs = 0, redispatch = 0, timeoutMs = 0 } = run;
  clock.advance(phaseMs);
  const random = scriptedRandom(run.draws);
  const { weights, limits, maxqueue, others = weights.length } = run;
  const balancer = balancerWith({
    ...{ random, clock, keyText: String, backups: run.allBackups === true ? 'all' : 'first' },
    slowStart: slowStartMs === 0 ? null : { kind: 'haproxy', windowMs: slowStartMs },
    redispatches: redispatch !== 0,
    strategy: strategyNamed(run.strategy).withOptions(run.options),
    queue: {
      timeoutMs: null,
      maxPerHost: maxqueue === 0 ? Infinity : maxqueue,
      fullConnections: run.fullconn ?? Infinity,
    },
  });
  const instances = weights.map((weight, i) => ({
    ...instance('abcde'[i], weight),
    backup: i >= others,
    ...(limits[i] > 0 && { maxConnections: limits[i] }),
    ...((run.least?.[i] ?? 0) > 0 && { minConnections: run.least?.[i] }),
  }));
  balancer.update(instances);
  const calls = new CallTable(1);
  const numbers = new Map<number, number>();
  const held = new Map<string, number[]>([...'abcde'].map((id) => [id, []]));
  let sent: [number, string][] = [];
  let failed: number[] = [];
  const queueTimeoutMs = timeoutMs === 0 ? Infinity : timeoutMs;
  const router = new Router({
    ...{
      clock,
      balancer,
      calls,
      request: { ...PLAIN_REQUEST, queueTimeoutMs, ...(redispatch !== 0 && { redispatch }) },
    },
    transport: {
      send: (call, { instance: { id } }) => {
        held.get(id)?.push(call);
        sent.push([numbers.get(call) ?? -1, id]);
      },
      abandon: () => {},
    },
    observer: { onSend: () => {}, onAttemptEnd: () => {} },
    onDone: (call, outcome) => {
      if (outcome === Outcome.noHost) failed.push(numbers.get(call) ?? -1);
    },
  });
  const { line } = router.waiting;
  line.membersChanged([]);
  let count = 0;
  let own = -1;
  const ask = (key: string): void => {
    const call = calls.open();
    own = count++;
    numbers.set(call, own);
    router.start(call, key === '' ? NO_KEY : Number(key));
  };
  const turn = (what: string): void => {
    if (what.endsWith('add')) {
      balancer.update([...instances, { ...instance(what[0]), maxConnections: run.added }]);
      line.membersChanged([]);
      return;
    }
    const host: Host = hostNamed(balancer, what[0]);
    balancer.setHealthy(host, /ready|up/.test(what));
    // Maintenance lets those who wait for it go elsewhere, as if it had left.
    if (what.endsWith('maint')) line.left(host);
    else line.turned(host);
  };
  const whoWent = (): string => sent.map(([number, id]) => (number === own ? id : `${number}${id}`)).join('+');
  const words = run.record.split(' ').map((word, i) => {
    clock.advance((run.atMs[i] ?? 20 * i) + phaseMs - clock.now());
    sent = [];
    failed = [];
    own = -1;
    const [what] = word.split('>');
    const key = /\d*$/.exec(word)?.[0] ?? '';
    const asks = !/^[+-]|:/.test(what);
    if (what.includes(':')) turn(what);
    else if (what.startsWith('-')) router.settle(held.get(what[1])?.shift() as number, Outcome.ok);
    else if (asks) ask(key);
    clock.advance((run.atMs[i + 1] ?? run.atMs[i]) + phaseMs - clock.now());
    const went = whoWent();
    if (asks) return (went === '' ? 'x'.repeat(failed.length) || '~' : went) + key;
    const ended = failed.map((number) => `${number}!503`).join('+');
    return what + (went === '' ? '' : `>${went}`) + (ended === '' || what.startsWith('-') ? '' : `>${ended}`);
  });
  if (run.draws.length > 0) expect(() => random.int32()).toThrow('asked for one more');
  return words.join(' ');
}

describe('servers that are full in HAProxy', () => {
  test.each(runs.map((run, i) => [i, run.strategy, run.options, run.limits, run.maxqueue, run] as const))(
    '%i: %s %o, maxconn %j, maxqueue %i',
    (_i, _name, _options, _limits, _maxqueue, run) => {
      expect(replayed(run)).toBe(run.record);
    },
  );
});

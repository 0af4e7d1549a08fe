import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Host } from '../../src/balancer/host.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import { NO_KEY } from '../../src/core/key.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { Outcome, outcomeNames } from '../../src/core/outcome.ts';
import { CallTable } from '../../src/mesh/calls.ts';
import { PLAIN_REQUEST } from '../../src/mesh/request_policy.ts';
import { Router } from '../../src/mesh/router.ts';
import { balancerWith, hostNamed, instance } from '../helpers/balancing.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { scriptedRandom } from '../helpers/scripted_random.ts';

// What HAProxy 3.5-dev5 (commit 50872daa6) did with servers of these `maxconn` and `maxqueue`, each of which holds its requests
// until it is told to answer the one it has held longest. One thread; it ran as it is published, but that src/backend.c and src/lb_fwlc.c
// wrote down what they drew.

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
  /** How many servers are no backups, the first ones; and whether all backups serve (`option allbackups`). */
  readonly others?: number;
  readonly allBackups?: boolean;
  /**
   * `a`, a request that a got; `a5`, one with key 5; `~5`, one that waits; `x5`, one that failed. `-a`, a answers; `-a>3a+4a`, and
   * then it got the requests 3 and 4, counted from 0; `a:maint`, `a:ready`, a leaves and comes back.
   */
  readonly record: string;
  /** When each of these was, in milliseconds. */
  readonly atMs: readonly number[];
  readonly draws: readonly number[];
}

const runs: readonly Run[] = JSON.parse(readFileSync(new URL('./limits_measured.json', import.meta.url), 'utf8'));

/** The record again, as this router has it. */
function replayed(run: Run): string {
  const clock = new ManualClock();
  const random = scriptedRandom(run.draws);
  const { weights, limits, maxqueue, others = weights.length } = run;
  const balancer = balancerWith({
    ...{ random, clock, keyText: String, backups: run.allBackups === true ? 'all' : 'first' },
    strategy: strategyNamed(run.strategy).withOptions(run.options),
    queue: {
      timeoutMs: null,
      maxPerHost: maxqueue === 0 ? Infinity : maxqueue,
      fullConnections: run.fullconn ?? Infinity,
    },
  });
  balancer.update(
    weights.map((weight, i) => ({
      ...instance('abcde'[i], weight),
      backup: i >= others,
      ...(limits[i] > 0 && { maxConnections: limits[i] }),
      ...((run.least?.[i] ?? 0) > 0 && { minConnections: run.least?.[i] }),
    })),
  );
  const calls = new CallTable(1);
  const numbers = new Map<number, number>();
  const held = new Map<string, number[]>(balancer.members.map(({ instance: { id } }) => [id, []]));
  let sent: [number, string][] = [];
  let failed = '';
  const router = new Router({
    ...{ clock, balancer, calls, request: PLAIN_REQUEST },
    transport: {
      send: (call, { instance: { id } }) => {
        held.get(id)?.push(call);
        sent.push([numbers.get(call) ?? -1, id]);
      },
      abandon: () => {},
    },
    observer: { onSend: () => {}, onAttemptEnd: () => {} },
    onDone: (_, outcome) => {
      if (outcome !== Outcome.ok) failed += outcomeNames[outcome] === 'noHost' ? 'x' : '?';
    },
  });
  let count = 0;
  const ask = (key: string): string => {
    const call = calls.open();
    const own = count++;
    numbers.set(call, own);
    router.start(call, key === '' ? NO_KEY : Number(key));
    const went = sent.map(([number, id]) => (number === own ? id : `${number}${id}`)).join('+');
    return (went === '' ? failed || '~' : went) + key;
  };
  const answer = (word: string): string => {
    router.settle(held.get(word[1])?.shift() as number, Outcome.ok);
    return word.slice(0, 2) + whoWent();
  };
  const turn = (word: string): string => {
    const [what] = word.split('>');
    const host: Host = hostNamed(balancer, what[0]);
    balancer.setHealthy(host, what.endsWith('ready'));
    // Maintenance lets those who wait for it go elsewhere, as if it had left.
    if (host.healthy) router.waiting.line.turned(host);
    else router.waiting.line.left(host);
    return what + whoWent();
  };
  const whoWent = (): string => (sent.length === 0 ? '' : `>${sent.map(([number, id]) => number + id).join('+')}`);
  const words = run.record.split(' ').map((word, i) => {
    clock.advance((run.atMs?.[i] ?? 20 * i) - clock.now());
    sent = [];
    failed = '';
    if (word.includes(':')) return turn(word);
    return word.startsWith('-') ? answer(word) : ask(/\d*$/.exec(word)?.[0] ?? '');
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

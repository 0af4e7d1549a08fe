import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Host } from '../../src/balancer/host.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import type { Instance } from '../../src/core/instance.ts';
import { type Key, NO_KEY } from '../../src/core/key.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { CallTable } from '../../src/mesh/calls.ts';
import { LineForHosts } from '../../src/mesh/line_for_hosts.ts';
import { redispatches } from '../../src/mesh/redispatch.ts';
import { WaitingCalls } from '../../src/mesh/waiting_calls.ts';
import { balancerWith, hostNamed } from '../helpers/balancing.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { scriptedRandom } from '../helpers/scripted_random.ts';

// What HAProxy 3.5-dev5 (commit 50872daa6) chose while weights changed, and servers failed, came back, were added and were deleted,
// and what it drew. Its assign_server_and_queue and stream_choose_redispatch were asked for streams without connections, through
// a command added to its socket; commands of its own changed the servers. One thread, `retries 3`.

interface Run {
  readonly strategy: string;
  readonly options: WrittenOptions;
  readonly weights: readonly number[];
  /** How many servers are no backups, the first ones; whether all backups serve. */
  readonly others: number;
  readonly allBackups: boolean;
  readonly redispatch: number;
  /** `maxconn` of each, that of servers added being 2, and `maxqueue`; absent: none. */
  readonly limits?: readonly number[];
  readonly maxqueue?: number;
  /** `slowstart` of all, and the time on HAProxy's clock as it began; absent: none, and 0. */
  readonly slowStartMs?: number;
  readonly startMs?: number;
  /**
   * `a`, a request that a got and holds; `a5`, one with key 5; `x`, nobody got it; `~`, it would wait, and was given up at once. `-3`, the fourth of all requests has ended; `!3b`,
   * it has failed and is sent to b; `!3~`, it would wait. `a:down`, `a:up`; `a:del`, it leaves; `a=3,b=0`, these weigh so now; `+d=3`, d is added, of
   * weight 3; `+d=3b`, as a backup; `*100`, so many milliseconds pass.
   */
  readonly record: string;
  readonly draws: readonly number[];
}

const runs: readonly Run[] = JSON.parse(
  readFileSync(new URL('./haproxy_changes_measured.json', import.meta.url), 'utf8'),
);

interface Sent {
  host: Host;
  readonly key: Key;
  retries: number;
}

function instanceOf(id: string, weight: number, backup: boolean, limit: number | undefined): Instance {
  const limited = limit !== undefined && { maxConnections: limit };
  return { id, address: `127.0.0.1:${9101 + id.charCodeAt(0) - 97}`, zone: null, weight, backup, ...limited };
}

/** The record again. */
function replayed(run: Run): string {
  const { strategy, options, weights, others, allBackups, redispatch, limits, maxqueue, record, draws } = run;
  const { slowStartMs, startMs = 0 } = run;
  const clock = new ManualClock(startMs);
  const random = scriptedRandom(draws);
  const balancer = balancerWith({
    ...{ clock, random, keyText: String, backups: allBackups ? 'all' : 'first', redispatches: redispatch !== 0 },
    strategy: strategyNamed(strategy).withOptions(options),
    slowStart: slowStartMs === undefined ? null : { kind: 'haproxy', windowMs: slowStartMs },
    queue: { timeoutMs: null, maxPerHost: maxqueue ?? Infinity, fullConnections: Infinity },
  });
  const never = (): never => {
    throw new Error('nobody waits here');
  };
  const line = new LineForHosts({
    ...{ clock, balancer, calls: new CallTable(1), waiting: new WaitingCalls(), redispatches: redispatch !== 0 },
    ...{ leave: never, send: never, pick: never, pickAgain: never },
  });
  let list: readonly Instance[] = [];
  const update = (next: readonly Instance[]): void => {
    list = next;
    const before = balancer.members.slice();
    balancer.update(list);
    line.membersChanged(before.filter((host) => !host.present));
  };
  update(weights.map((weight, i) => instanceOf('abcdefghijkl'[i], weight, i >= others, limits?.[i])));
  const waitingOrNot = (): string => (balancer.request.waitsFor === null ? 'x' : '~');
  const sent: (Sent | null)[] = [];
  const fail = (failed: Sent): string => {
    failed.retries++;
    if (redispatches(redispatch, failed.retries, 3, failed.host, false, balancer)) {
      balancer.release(failed.host, 1, Outcome.reset);
      balancer.request.waitsFor = null;
      const host = balancer.redispatch(failed.key, failed.host);
      if (host === null) return waitingOrNot();
      balancer.acquire(host);
      failed.host = host;
    } else balancer.repeat(failed.host, 1, Outcome.reset, failed.host.reweighed);
    return failed.host.instance.id;
  };
  const words = record.split(' ').map((word) => {
    const [, id, what] = /^(\w):(\w+)$/.exec(word) ?? [];
    if (word.startsWith('*')) clock.advance(Number(word.slice(1)));
    else if (word.startsWith('-')) {
      balancer.release((sent[Number(word.slice(1))] as Sent).host, 1, Outcome.ok);
    } else if (word.startsWith('!')) {
      const number = Number.parseInt(word.slice(1), 10);
      return `!${number}${fail(sent[number] as Sent)}`;
    } else if (word.startsWith('+')) {
      const limit = limits && 2;
      update([...list, instanceOf(word[1], Number.parseInt(word.slice(3), 10), word.endsWith('b'), limit)]);
    } else if (word.includes('=')) {
      const now = new Map(word.split(',').map((part) => [part[0], Number(part.slice(2))]));
      update(list.map((instance) => ({ ...instance, weight: now.get(instance.id) ?? instance.weight })));
    } else if (what === 'del') {
      update(list.filter((instance) => instance.id !== id));
    } else if (what !== undefined) {
      const host = hostNamed(balancer, id);
      balancer.setHealthy(host, what === 'up');
      line.turned(host);
    } else {
      const key = word.length === 1 ? NO_KEY : Number(word.slice(1));
      balancer.request.waitsFor = null;
      const host = balancer.pick(key, 0);
      if (host !== null) balancer.acquire(host);
      sent.push(host === null ? null : { host, key, retries: 0 });
      return (host?.instance.id ?? waitingOrNot()) + word.slice(1);
    }
    return word;
  });
  if (draws.length > 0) expect(() => random.int32()).toThrow('asked for one more');
  return words.join(' ');
}

describe('servers of HAProxy that change', () => {
  test.each(runs.map((run, i) => [i, run.strategy, run.options, run] as const))(
    '%i: %s %o',
    (_i, _name, _options, run) => {
      expect(replayed(run)).toBe(run.record);
    },
  );
});

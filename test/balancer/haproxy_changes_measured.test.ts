import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Host } from '../../src/balancer/host.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import type { Instance } from '../../src/core/instance.ts';
import { type Key, NO_KEY } from '../../src/core/key.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { redispatches } from '../../src/mesh/redispatch.ts';
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
  /**
   * `a`, a request that a got and holds; `a5`, one with key 5; `x`, nobody got it. `-3`, the fourth of all requests has ended; `!3b`,
   * it has failed and is sent to b. `a:down`, `a:up`; `a:del`, it leaves; `a=3,b=0`, these weigh so now; `+d=3`, d is added, of
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

function instanceOf(id: string, weight: number, backup: boolean): Instance {
  return { id, address: `127.0.0.1:${9101 + id.charCodeAt(0) - 97}`, zone: null, weight, backup };
}

/** The record again. */
function replayed({ strategy, options, weights, others, allBackups, redispatch, record, draws }: Run): string {
  const clock = new ManualClock();
  const random = scriptedRandom(draws);
  const balancer = balancerWith({
    ...{ clock, random, keyText: String, backups: allBackups ? 'all' : 'first', redispatches: redispatch !== 0 },
    strategy: strategyNamed(strategy).withOptions(options),
  });
  let list = weights.map((weight, i) => instanceOf('abcdefghijkl'[i], weight, i >= others));
  balancer.update(list);
  const sent: (Sent | null)[] = [];
  const fail = (failed: Sent): string => {
    failed.retries++;
    if (redispatches(redispatch, failed.retries, 3, failed.host, false, balancer)) {
      balancer.release(failed.host, 1, Outcome.reset);
      failed.host = balancer.redispatch(failed.key, failed.host) as Host;
      balancer.acquire(failed.host);
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
      list = [...list, instanceOf(word[1], Number.parseInt(word.slice(3), 10), word.endsWith('b'))];
      balancer.update(list);
    } else if (word.includes('=')) {
      const now = new Map(word.split(',').map((part) => [part[0], Number(part.slice(2))]));
      list = list.map((instance) => ({ ...instance, weight: now.get(instance.id) ?? instance.weight }));
      balancer.update(list);
    } else if (what === 'del') {
      list = list.filter((instance) => instance.id !== id);
      balancer.update(list);
    } else if (what !== undefined) balancer.setHealthy(hostNamed(balancer, id), what === 'up');
    else {
      const key = word.length === 1 ? NO_KEY : Number(word.slice(1));
      const host = balancer.pick(key, 0);
      if (host !== null) balancer.acquire(host);
      sent.push(host === null ? null : { host, key, retries: 0 });
      return (host?.instance.id ?? 'x') + word.slice(1);
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

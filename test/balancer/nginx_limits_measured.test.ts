import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import { NO_KEY } from '../../src/core/key.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { balancerWith, hostNamed, instance } from '../helpers/balancing.ts';
import { scriptedRandom } from '../helpers/scripted_random.ts';

// What nginx 1.31.5 (commit 3f6f7824) did with servers of these `max_conns` and max_fails=0, each of which holds its requests until it
// is told to answer the one it has held longest: one worker process; it ran as it is published, but that its random module
// wrote down what it drew.

interface Run {
  readonly strategy: string;
  readonly options: WrittenOptions;
  readonly weights: readonly number[];
  /** `max_conns`; 0: none. */
  readonly limits: readonly number[];
  /** How many servers are no backups, the first ones. Absent: all. */
  readonly others?: number;
  /** `a`, a request that a got; `a5`, one with key 5; `x`, one that nobody got, answered with 502; `-a`, a answers. */
  readonly record: string;
  readonly draws: readonly number[];
}

const runs: readonly Run[] = JSON.parse(readFileSync(new URL('./nginx_limits_measured.json', import.meta.url), 'utf8'));

describe('servers that are full in nginx', () => {
  test.each(runs.map((run, i) => [i, run.strategy, run.options, run.limits, run] as const))(
    '%i: %s %o, max_conns %j',
    (_i, name, options, limits, { weights, others = weights.length, record, draws }) => {
      const random = scriptedRandom(draws);
      const balancer = balancerWith({ strategy: strategyNamed(name).withOptions(options), random, keyText: String });
      balancer.update(
        weights.map((weight, i) => ({
          ...{ ...instance('abcde'[i], weight), address: `127.0.0.1:${9101 + i}`, backup: i >= others },
          ...(limits[i] > 0 && { maxConnections: limits[i] }),
        })),
      );
      const words = record.split(' ').map((word) => {
        if (word.startsWith('-')) {
          balancer.release(hostNamed(balancer, word[1]), 1, Outcome.ok);
          return word;
        }
        const key = word.slice(1);
        const host = balancer.pick(key === '' ? NO_KEY : Number(key), 0);
        if (host !== null) balancer.acquire(host);
        return (host?.instance.id ?? 'x') + key;
      });
      expect(words.join(' ')).toBe(record);
      if (draws.length > 0) expect(() => random.uint32()).toThrow('asked for one more');
    },
  );
});

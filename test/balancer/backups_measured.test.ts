import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { LoadBalancerSettings } from '../../src/balancer/load_balancer.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import { NO_KEY } from '../../src/core/key.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { balancerWith, hostNamed, instance, sequence } from '../helpers/balancing.ts';
import { scriptedRandom } from '../helpers/scripted_random.ts';

// What HAProxy 3.5-dev5 (commit 50872daa6) did, one request after the other, while servers went down and came up again, and
// what it drew: as in redispatch_measured.test.ts.
interface Run {
  readonly strategy: string;
  readonly options: WrittenOptions;
  readonly weights: readonly number[];
  /** How many servers are no backups, the first ones. */
  readonly others: number;
  readonly backups: LoadBalancerSettings['backups'];
  /** `a`, a request that a had; `a7`, one with key 7; `a:down`, `a:up`. */
  readonly record: string;
  readonly draws: readonly number[];
}

const runs: readonly Run[] = JSON.parse(readFileSync(new URL('./backups_measured.json', import.meta.url), 'utf8'));

describe('servers that go and come in HAProxy', () => {
  test.each(runs.map((run, i) => [i, run.strategy, run.options, run.backups, run] as const))(
    '%i: %s %o, backups: %s',
    (_i, name, options, backups, run) => {
      const strategy = strategyNamed(name).withOptions(options);
      const random = scriptedRandom(run.draws);
      const balancer = balancerWith({ strategy, backups, random, keyText: String });
      const { weights, others } = run;
      balancer.update(weights.map((weight, i) => ({ ...instance('abcde'[i], weight), backup: i >= others })));
      const words = run.record.split(' ').map((word) => {
        const [id, state] = word.split(':');
        if (state !== undefined) {
          balancer.setHealthy(hostNamed(balancer, id), state === 'up');
          return word;
        }
        const key = word.slice(1);
        const host = balancer.pick(key === '' ? NO_KEY : Number(key), 0);
        if (host === null) return 'nobody';
        balancer.acquire(host);
        balancer.release(host, 1, Outcome.ok);
        return host.instance.id + key;
      });
      expect(words.join(' ')).toBe(run.record);
      if (run.draws.length > 0) expect(() => random.int32()).toThrow('asked for one more');
    },
  );
});

// Picks of HAProxy 3.5-dev5 and 2.6.12 (roundrobin) over servers a, b, c, d of weights 1, 2, 1, 2, the last two backups,
// without and with `option allbackups`: 6 with all up, 4 with a down, 9 with b down too, 4 with c down too, 4 with c up
// again, 4 with a up again.
test.each([
  ['first' as const, 'bbabba bbbb ccccccccc dddd cccc aaaa'],
  ['all' as const, 'bbabba bbbb ddcddcddc dddd ddcd aaaa'],
])('backups as HAProxy has them, %s: %s', (backups, picks) => {
  const strategy = strategyNamed('weighted-round-robin').withOptions({ algorithm: 'fwrr' });
  const balancer = balancerWith({ strategy, backups });
  balancer.update([...'abcd'].map((id, i) => ({ ...instance(id, 1 + (i % 2)), backup: i > 1 })));
  const turn = (id: string, up: boolean, count: number): string => {
    balancer.setHealthy(hostNamed(balancer, id), up);
    return sequence(balancer, count);
  };
  const first = sequence(balancer, 6);
  const downs = [turn('a', false, 4), turn('b', false, 9), turn('c', false, 4)];
  expect([first, ...downs, turn('c', true, 4), turn('a', true, 4)].join(' ')).toBe(picks);
});

// Picks of nginx 1.31.5 over weights 2, 1 and, of backups, 2, 1.
test.each([
  [true, 'abaaba'],
  [false, 'cdccdccdc'],
])('backups as nginx has them, others up: %s: %s', (up, picks) => {
  const balancer = balancerWith({ strategy: strategyNamed('weighted-round-robin').withOptions({}), backups: 'all' });
  balancer.update([...'abcd'].map((id, i) => ({ ...instance(id, 2 - (i % 2)), backup: i > 1 })));
  for (const id of 'ab') balancer.setHealthy(hostNamed(balancer, id), up);
  expect(sequence(balancer, picks.length)).toBe(picks);
});

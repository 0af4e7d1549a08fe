import { expect, test } from 'vitest';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import { balancerWith, hostNamed, instance, sequence } from '../helpers/balancing.ts';

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

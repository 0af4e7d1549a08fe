import { expect, test } from 'vitest';
import { minimal, onlyColumn } from './vocabulary.ts';

function instancesOf(groups: string) {
  return onlyColumn(minimal({ instances: groups })).trial.instances;
}

test('ids count all instances of a zone, whatever group they are in and named or not', () => {
  const ids = instancesOf(`
  - { count: 3, zones: [a, b], serviceTime: 1ms }
  - { ids: [db, a-9], zone: a, serviceTime: 1ms }
  - { count: 2, zones: [b, a], serviceTime: 1ms }
  - { count: 2, serviceTime: 1ms }`).map(({ id, zone }) => [id, zone]);
  expect(ids).toStrictEqual([
    ['a-1', 'a'],
    ['b-1', 'b'],
    ['a-2', 'a'],
    ['db', 'a'],
    ['a-9', 'a'],
    ['b-2', 'b'],
    ['a-5', 'a'],
    ['i-1', null],
    ['i-2', null],
  ]);
});

test('addresses made up go past those written', () => {
  const addresses = instancesOf(`
  - { count: 2, serviceTime: 1ms }
  - { count: 2, serviceTime: 1ms, addresses: ['10.0.0.2:8080', '[::1]:80'] }
  - { count: 1, serviceTime: 1ms }`).map(({ address }) => address);
  expect(addresses).toStrictEqual(['10.0.0.1:8080', '10.0.0.3:8080', '10.0.0.2:8080', '[::1]:80', '10.0.0.4:8080']);
});

test('all of a hundred thousand instances have addresses of their own', () => {
  const instances = instancesOf('[{ count: 100000, serviceTime: 1ms }]');
  expect(new Set(instances.map(({ address }) => address)).size).toBe(100_000);
  expect(instances[99_999]?.address).toBe('10.1.134.160:8080');
});

test('callers are dealt over zones and may have names', () => {
  const { callers } = onlyColumn(minimal({ callers: '{ ids: [web, app, job], zones: [x, y] }' })).trial;
  expect(callers).toStrictEqual([
    { id: 'web', zone: 'x', workers: 1 },
    { id: 'app', zone: 'y', workers: 1 },
    { id: 'job', zone: 'x', workers: 1 },
  ]);
});

test('faults find their targets by id, in the order written', () => {
  const { faults } = onlyColumn(
    minimal({
      instances: '[{ ids: [x, y, z], serviceTime: 1ms }]',
      faults: `
  - { slow: { instances: [z, x], factor: 3 }, at: 0s, for: 1s }
  - { hang: { count: 2 }, lifetime: 1s }
  - { errors: { instances: all, rate: 100%, probes: true }, at: 9s }`,
    }),
  ).trial;
  expect(faults).toStrictEqual([
    {
      action: { kind: 'slow', factor: 3 },
      target: { kind: 'instances', indexes: [2, 0] },
      when: { kind: 'at', atMs: 0, forMs: 1_000 },
    },
    {
      action: { kind: 'hang' },
      target: { kind: 'count', count: 2 },
      when: {
        kind: 'lifetime',
        lifetime: { kind: 'constant', valueMs: 1_000 },
        repair: null,
        start: 'up',
        together: false,
      },
    },
    {
      action: { kind: 'errors', rate: 1, probes: true },
      target: { kind: 'instances', indexes: [0, 1, 2] },
      when: { kind: 'at', atMs: 9_000, forMs: Number.POSITIVE_INFINITY },
    },
  ]);
});

import { describe, expect, it, test } from 'vitest';
import { fieldReference } from '../../src/scenario/reference.ts';
import { CONSUL } from '../../src/sim/registries/consul/settings.ts';
import { ETCD } from '../../src/sim/registries/etcd/settings.ts';
import {
  accruals,
  detectors,
  metrics,
  minimal,
  onlyColumn,
  problems,
  strategies,
  subsettings,
  unmark,
  valid,
} from './vocabulary.ts';

const read = (registry: string) => onlyColumn(minimal({ registry })).trial.registry;

describe('registry', () => {
  it('is memory where no kind is written', () => {
    expect(onlyColumn(minimal()).trial.registry).toStrictEqual({ kind: 'memory', lease: null });
    expect(read('{ kind: memory }')).toStrictEqual({ kind: 'memory', lease: null });
    expect(read('{ ttl: 9s, renewInterval: 3s }')).toStrictEqual({
      kind: 'memory',
      lease: { ttlMs: 9000, renewIntervalMs: 3000 },
    });
  });

  it('has the defaults of the system of its kind', () => {
    expect(read('{ kind: consul }')).toStrictEqual(CONSUL);
    expect(read('{ kind: etcd }')).toStrictEqual(ETCD);
  });

  it('takes the settings of its kind', () => {
    const consul = `{ kind: consul, ttl: 15s, renewInterval: 5s, syncLatency: 20ms, syncInterval: 2m, wait: 1m, nodes: 500,
      deregisterCriticalServiceAfter: 90s, queryRate: 2/s, probeInterval: 500ms, suspicionMult: 3 }`;
    expect(read(consul.replace('\n', ' '))).toStrictEqual({
      kind: 'consul',
      ttlCheck: { ttlMs: 15_000, renewIntervalMs: 5000 },
      syncLatencyMs: 20,
      syncIntervalMs: 120_000,
      deregisterCriticalServiceAfterMs: 90_000,
      waitMs: 60_000,
      queryRatePerMs: 0.002,
      nodes: 500,
      probeIntervalMs: 500,
      suspicionMult: 3,
    });
    expect(read('{ kind: etcd, ttl: 10s, electionTimeout: 2s, watchLatency: 5ms }')).toStrictEqual({
      kind: 'etcd',
      ttlMs: 10_000,
      electionTimeoutMs: 2000,
      watchLatencyMs: 5,
    });
  });

  it('varies in a matrix by its kind, or as a whole', () => {
    const kinds = (matrix: string) => valid(minimal({ matrix })).columns.map(({ trial }) => trial.registry.kind);
    expect(kinds('{ registry.kind: [memory, consul, etcd] }')).toEqual(['memory', 'consul', 'etcd']);
    expect(kinds('{ registry: [{ ttl: 9s, renewInterval: 3s }, { kind: etcd, ttl: 5s }] }')).toEqual([
      'memory',
      'etcd',
    ]);
  });

  test.each([
    ['{ kind: ‸consull }', "did you mean 'consul'?"],
    ['{ kind: etcd, ‸watchLatencey: 1ms }', "did you mean 'watchLatency'?"],
    ['{ kind: etcd, ‸renewInterval: 1s }', "a key of an etcd registry, found 'renewInterval'"],
    ['{ ‸wait: 1s }', "a key of a registry, found 'wait'"],
    ['{ kind: etcd, ttl: ‸1500ms }', 'expected whole seconds, found 1500ms'],
    ['‸{ ttl: 5s }', "expected 'renewInterval' in a registry with leases"],
    ['‸{ kind: consul, renewInterval: 5s }', "expected 'ttl' in a registry with a TTL check"],
    ['{ kind: consul, ttl: 5s, renewInterval: ‸5s }', 'expected renewInterval to be shorter than ttl'],
    ['{ kind: consul, wait: ‸11m }', 'at most 10m'],
    ['{ kind: consul, deregisterCriticalServiceAfter: ‸10s }', 'at least 1m'],
    ['‸consul', 'expected a registry, found'],
  ])('%s', (registry, expected) => {
    const { text, places } = unmark(minimal({ registry }));
    const found = problems(text);
    expect(found.map(({ line, column }) => `${line}:${column}`)).toEqual(places);
    expect(`${found[0]?.message} ${found[0]?.fix}`).toContain(expected);
  });

  it('a registry whose servers do not check cannot be asked to', () => {
    const healthCheck = '{ system: consul, by: registry, interval: 5s }';
    const [found] = problems(minimal({ registry: '{ kind: consul }', healthCheck }));
    expect(found?.message).toContain('can tell a registry of kind consul, found by: registry');
    expect(problems(minimal({ registry: '{ kind: etcd }', healthCheck }))).toEqual([]);
  });

  it('says in the reference which kind means what by a key', () => {
    const fields = fieldReference({ strategies, subsettings, accruals, detectors, metrics, readText: () => '' });
    expect(fields.find(({ path }) => path === 'registry.kind')?.type).toContain('memory | consul | etcd');
    const ttl = fields.find(({ path }) => path === 'registry.ttl');
    for (const kind of ['memory', 'consul', 'etcd']) expect(ttl?.doc).toContain(`${kind}: `);
    expect(ttl?.default).toContain('etcd: 1m');
  });
});

describe('an outage of the registry', () => {
  const faults = (fault: string) =>
    minimal({ faults: `[${fault}]`, instances: '[{ count: 2, zones: [a, b], serviceTime: 1ms }]' });

  it('is a fault without a target', () => {
    expect(onlyColumn(faults('{ registry: { mode: down }, at: 2s, for: 3s }')).trial.faults).toStrictEqual([
      {
        action: { kind: 'registry', mode: 'down', zone: null },
        target: { kind: 'instances', indexes: [] },
        when: { kind: 'at', atMs: 2000, forMs: 3000 },
      },
    ]);
    const [fault] = onlyColumn(faults('{ registry: { mode: partitioned, zone: b }, at: 2s }')).trial.faults;
    expect(fault?.action).toStrictEqual({ kind: 'registry', mode: 'partitioned', zone: 'b' });
  });

  test.each([
    ['{ registry: { mode: ‸of }, at: 2s }', 'expected one of down, stale, partitioned'],
    ['{ registry: ‸{ mode: partitioned }, at: 2s }', "expected 'zone' beside mode: partitioned"],
    ['{ registry: { mode: partitioned, zone: ‸c }, at: 2s }', 'expected a zone with instances'],
    ['{ registry: { mode: down, ‸zone: b }, at: 2s }', "expected 'zone' beside mode: partitioned only"],
    ['{ registry: { mode: down, ‸count: 1 }, at: 2s }', 'a key of a fault of kind registry'],
    ['{ registry: { mode: down }, ‸lifetime: 5s }', 'expected an outage of the registry to be scheduled'],
  ])('%s', (fault, expected) => {
    const { text, places } = unmark(faults(fault));
    const found = problems(text);
    expect(found.map(({ line, column }) => `${line}:${column}`)).toEqual(places);
    expect(`${found[0]?.message} ${found[0]?.fix}`).toContain(expected);
  });
});

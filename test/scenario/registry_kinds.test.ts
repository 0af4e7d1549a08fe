import { describe, expect, it } from 'vitest';
import * as lists from '../../src/run/lists.ts';
import { readScenario } from '../../src/scenario/read_scenario.ts';
import { DNS } from '../../src/sim/registries/dns/settings.ts';
import { EDS } from '../../src/sim/registries/eds/settings.ts';
import { EUREKA } from '../../src/sim/registries/eureka/settings.ts';
import { KUBERNETES } from '../../src/sim/registries/kubernetes/settings.ts';
import { minimal, onlyColumn, problems, valid } from './vocabulary.ts';

const read = (registry: string) => onlyColumn(minimal({ registry: registry.replace(/\s+/g, ' ') })).trial.registry;

describe('registry: kubernetes, eureka, dns and eds', () => {
  it('have the defaults of their systems', () => {
    for (const settings of [KUBERNETES, EUREKA, DNS, EDS]) {
      expect(read(`{ kind: ${settings.kind} }`)).toStrictEqual(settings);
    }
  });

  it('take their settings', () => {
    const kubernetes = `{ kind: kubernetes, relistPeriod: 2s, statusSyncPeriod: 3s, leaseRenewInterval: 4s,
      nodeMonitorPeriod: 1s, nodeMonitorGracePeriod: 40s, endpointUpdatesBatchPeriod: 500ms, watchLag: 10ms,
      minSyncPeriod: 0s, burstSyncs: 1, syncTime: { exponential: { mean: 20ms } } }`;
    expect(read(kubernetes)).toStrictEqual({
      kind: 'kubernetes',
      relistMs: 2000,
      statusSyncMs: 3000,
      leaseRenewMs: 4000,
      nodeMonitorPeriodMs: 1000,
      nodeMonitorGracePeriodMs: 40_000,
      endpointUpdatesBatchPeriodMs: 500,
      watchLag: { kind: 'constant', valueMs: 10 },
      minSyncPeriodMs: 0,
      burstSyncs: 1,
      syncTime: { kind: 'exponential', meanMs: 20 },
    });
    const eureka = `{ kind: eureka, renewalInterval: 5s, leaseDuration: 15s, registrationDelay: 0s, evictionInterval: 10s,
      renewalPercentThreshold: 50%, selfPreservation: false, renewalThresholdUpdateInterval: 1m,
      responseCacheUpdateInterval: 0s, registryFetchInterval: 2s }`;
    expect(read(eureka)).toStrictEqual({
      kind: 'eureka',
      renewalIntervalMs: 5000,
      leaseDurationMs: 15_000,
      registrationDelayMs: 0,
      evictionIntervalMs: 10_000,
      renewalPercentThreshold: 0.5,
      selfPreservation: false,
      renewalThresholdUpdateIntervalMs: 60_000,
      responseCacheUpdateIntervalMs: 0,
      registryFetchIntervalMs: 2000,
    });
    const dns = '{ kind: dns, ttl: 5s, negativeTtl: 1s, refresh: 2s, never: 20%, empty: keep }';
    expect(read(dns)).toStrictEqual({
      kind: 'dns',
      ttlMs: 5000,
      negativeTtlMs: 1000,
      refreshMs: 2000,
      retryMs: DNS.retryMs,
      neverShare: 0.2,
      empty: 'keep',
    });
    expect(read('{ kind: dns, retry: 3s }')).toStrictEqual({ ...DNS, retryMs: 3000 });
    const eds = '{ kind: eds, debounceAfter: 0s, debounceMax: 1s, pushLag: 5ms, ignoreHealthOnHostRemoval: true }';
    expect(read(eds)).toStrictEqual({
      kind: 'eds',
      debounceAfterMs: 0,
      debounceMaxMs: 1000,
      pushLag: { kind: 'constant', valueMs: 5 },
      ignoreHealthOnHostRemoval: true,
    });
  });

  it('refuse a debounce that could never be over in time', () => {
    const [problem] = problems(minimal({ registry: '{ kind: eds, debounceAfter: 2s, debounceMax: 1s }' }));
    expect(problem.message).toBe('expected debounceMax to be at least debounceAfter, found 1s');
  });
});

it('eureka: refuses a cache so quick that a run would do nothing else', () => {
  const [problem] = problems(minimal({ registry: '{ kind: eureka, responseCacheUpdateInterval: 1ns }' }));
  expect(problem?.message).toContain('expected 0s or at least 1ms');
});

it('dns: refuses a retry that a refresh would never use', () => {
  const [problem] = problems(minimal({ registry: '{ kind: dns, refresh: 2s, retry: 1s }' }));
  expect(problem.message).toContain("expected 'retry' without 'refresh' only");
});

describe('restart: preStop and grace', () => {
  const action = (options: string) =>
    onlyColumn(minimal({ faults: `[{ restart: { instances: all, down: 3s${options} }, at: 1s }]` })).trial.faults[0]
      .action;

  it('is drain where neither is written', () => {
    expect(action('')).toStrictEqual({ kind: 'restart', drainMs: 0, downMs: 3000, everyMs: 3000 });
  });

  it('counts grace from the deletion, 30 s of it where none is written, and cuts a longer hook off', () => {
    const restart = { kind: 'restart', downMs: 3000 };
    expect(action(', preStop: 5s')).toStrictEqual({ ...restart, drainMs: 5000, graceMs: 30_000, everyMs: 33_000 });
    expect(action(', preStop: 5s, grace: 2s, every: 1s')).toStrictEqual({
      ...restart,
      drainMs: 2000,
      graceMs: 2000,
      everyMs: 1000,
    });
  });

  it('may say so in its answers, in either way to go', () => {
    const announce = 'immediate-fail';
    expect(action(', drain: 1s, announce: immediate-fail')).toMatchObject({ drainMs: 1000, announce });
    expect(action(', preStop: 1s, announce: immediate-fail')).toMatchObject({ graceMs: 30_000, announce });
  });

  it('refuses what does not go together', () => {
    const found = (options: string) =>
      problems(minimal({ faults: `[{ restart: { instances: all, down: 3s, ${options} }, at: 1s }]` })).map(
        ({ message }) => message,
      );
    expect(found('drain: 1s, preStop: 1s')).toEqual(["expected 'drain' or 'preStop', found both"]);
    expect(found('grace: 1s')).toEqual(["expected 'grace' beside 'preStop' only, found it without"]);
  });
});

describe('what was once said of a registry of kind kubernetes and is now said of the health check', () => {
  const old = '{ kind: kubernetes, terminationGracePeriod: 5s, containerStart: 2s }';
  const trialOf = (healthCheck: string, registry = old) => onlyColumn(minimal({ registry, healthCheck })).trial;

  it('still means the same', () => {
    const now = '{ system: kubernetes, liveness: {}, terminationGracePeriod: 5s, containerStart: 2s }';
    const { healthCheck, registry } = trialOf('{ system: kubernetes, liveness: {} }');
    expect(healthCheck).toStrictEqual(trialOf(now, '{ kind: kubernetes }').healthCheck);
    expect(healthCheck?.restarts?.terminationGracePeriodMs).toBe(5000);
    expect(registry).toStrictEqual(KUBERNETES);
  });

  it('may be varied by its old path', () => {
    const matrix = '{ registry.terminationGracePeriod: [1s, 2s] }';
    const healthCheck = '{ system: kubernetes, liveness: {} }';
    const { columns } = valid(minimal({ registry: '{ kind: kubernetes }', healthCheck, matrix }));
    expect(columns.map(({ trial }) => trial.healthCheck?.restarts?.terminationGracePeriodMs)).toEqual([1000, 2000]);
  });

  it('may be set by its old path on the command line, in place of a matrix that has either', () => {
    for (const path of ['registry.terminationGracePeriod', 'healthCheck.terminationGracePeriod']) {
      const healthCheck = '{ system: kubernetes, liveness: {} }';
      const yaml = minimal({ registry: '{ kind: kubernetes }', healthCheck, matrix: `{ ${path}: [1s, 2s] }` });
      const paramOverrides = [{ path: 'registry.terminationGracePeriod', value: '3s' }];
      const read = readScenario(yaml, 'test.yaml', { ...lists, paramOverrides });
      if ('problems' in read) throw new Error(read.problems.map(({ message }) => message).join('\n'));
      expect(read.scenario.columns.map(({ params }) => params)).toEqual([
        { 'healthCheck.terminationGracePeriod': '3s' },
      ]);
    }
  });

  it('yields to what the health check says, and does nothing without a probe that restarts', () => {
    const { healthCheck } = trialOf('{ system: kubernetes, liveness: {}, terminationGracePeriod: 7s }');
    expect(healthCheck?.restarts?.terminationGracePeriodMs).toBe(7000);
    expect(trialOf('{ system: kubernetes, readiness: {} }').healthCheck?.restarts).toBeUndefined();
  });
});

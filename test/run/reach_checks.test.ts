import { describe, expect, it } from 'vitest';
import {
  CONSUL_CHECK,
  HAPROXY_CHECK,
  type HealthCheckSettings,
  KUBERNETES_PROBE,
} from '../../src/health/checks/settings.ts';
import { OUTLIER_DETECTION } from '../../src/health/outlier/settings.ts';
import type { FaultAction, FaultConfig, FaultWhen, HealthCheckConfig, TrialConfig } from '../../src/sim/config.ts';
import { fakeScenario, fakeTrial } from '../helpers/fake_report.ts';
import { fakeStudy } from '../helpers/fake_study.ts';

const [like] = fakeTrial('ring').instances;

/** What is said of a trial of so many instances and callers at 500 requests a second, but for what is said of every fake. */
async function said(written: Partial<TrialConfig>, instances = 5, callers = 1, replications = 2): Promise<string[]> {
  const trial = fakeTrial('round-robin', {
    durationMs: 60_000,
    instances: Array.from({ length: instances }, (_, i) => ({ ...like, id: `i-${i}` })),
    callers: Array.from({ length: callers }, (_, i) => ({ id: `c-${i}`, zone: null, workers: 1 })),
    ...written,
  });
  const scenario = fakeScenario([{ strategy: 'round-robin', trial }], { replications });
  const { warnings } = await fakeStudy(scenario, () => ({}));
  for (const { effect, next } of warnings) expect([effect, next]).not.toContain('');
  return warnings.map(({ cause }) => cause).filter((cause) => !/^latency at/.test(cause));
}

const fault = (action: FaultAction, when: FaultWhen) => ({
  faults: [{ action, target: { kind: 'instances', indexes: [0] } as const, when }],
});
const at = (atMs: number, forMs: number): FaultWhen => ({ kind: 'at', atMs, forMs });
const exponential = (meanMs: number) => ({ kind: 'exponential', meanMs }) as const;
const drawn = (lifetimeMs: number, repairMs: number | null): FaultWhen => ({
  ...({ kind: 'lifetime', lifetime: exponential(lifetimeMs) } as const),
  repair: repairMs === null ? null : exponential(repairMs),
});
const errors = (rate: number): FaultAction => ({ kind: 'errors', rate, probes: false });
const accrual = (name: string, options = {}) => ({ failureAccrual: { name, options } });
const { faults: erring } = fault(errors(1), at(0, 9));
const { faults: crashing } = fault({ kind: 'crash' }, at(0, 9));

describe('failure accrual', () => {
  it.each([
    ['nginx', accrual('nginx-max-fails'), 2],
    ['finagle', accrual('finagle'), 5],
    ['linkerd', accrual('linkerd'), 5],
    ['errors that count', { ...accrual('nginx-max-fails', { serverErrors: true }), ...fault(errors(1), at(0, 9)) }, 5],
    ['not only errors', { ...accrual('nginx-max-fails'), faults: [...erring, ...crashing] }, 5],
  ])('nothing of %s', async (_, written, instances) => {
    expect(await said(written, instances)).toEqual([]);
  });

  it.each([
    [accrual('nginx-max-fails'), 1, 1, 'nginx-max-fails never takes out the only server'],
    [accrual('nginx-max-fails', { maxFails: 0 }), 5, 1, 'nginx-max-fails counts nothing'],
    [accrual('finagle', { consecutiveFailures: 0, successRate: 0 }), 5, 1, 'finagle counts nothing'],
    [accrual('linkerd', { maxFailures: 0, mode: 'consecutive' }), 5, 1, 'linkerd counts nothing'],
    [accrual('breaker', { consecutiveFailures: 0 }), 5, 1, 'breaker counts nothing'],
    [{ ...accrual('nginx-max-fails'), ...fault(errors(1), at(0, 9)) }, 5, 1, 'a 5xx is no failure'],
    // 500/s of 300 callers to five hosts for 10 s: 3.3.
    [accrual('linkerd'), 5, 300, 'some 3.3 requests to each instance in the window of failureAccrual linkerd'],
    [accrual('breaker', { failureRate: 0.5, minRequests: 2000 }), 5, 1, 'minRequests asks for 2000'],
    [accrual('finagle', { window: 60_000 }), 5, 1, 'no shorter than the run'],
  ])('%j, %d instances, %d callers', async (written, instances, callers, words) => {
    expect(await said(written, instances, callers)).toEqual([expect.stringContaining(words)]);
  });
});

const inARow = { ...OUTLIER_DETECTION, maxEjectionPercent: 100, enforcingSuccessRate: 0 };
const checkOf = (settings: HealthCheckSettings): HealthCheckConfig => ({
  ...({ settings, by: 'caller', kind: 'http', through: 'port' } as const),
  costMs: 0,
});
const times = { intervalMs: 2000, timeoutMs: 500 };
const healthCheck = checkOf({ system: 'envoy', ...times, unhealthyThreshold: 3, healthyThreshold: 4 });
const haproxy = { ...HAPROXY_CHECK, interMs: 2000, fastinterMs: 500, timeoutMs: 400 };
const kubernetes = { system: 'kubernetes', readiness: KUBERNETES_PROBE, liveness: null, startup: null } as const;
const ofPort: HealthCheckConfig = { ...healthCheck, kind: 'tcp' };
const agents = {
  healthCheck: { ...checkOf({ ...CONSUL_CHECK, failuresBeforeCritical: 2, intervalMs: 4000 }), by: 'node' },
} as const;

describe('what nothing can reach', () => {
  it.each([
    ['errors of all', { outlierDetection: inARow, ...fault(errors(1), at(0, 9)) }],
    // 50%: 62 requests for five in a row; 2000 come.
    ['errors of half', { outlierDetection: inARow, ...fault(errors(0.5), at(0, 20_000)) }],
    ['a success rate', { outlierDetection: { ...inARow, enforcingSuccessRate: 1 }, ...fault(errors(0.05), at(0, 9)) }],
    ['a rate below that required', { ...accrual('finagle'), ...fault(errors(0.25), at(0, 9000)) }],
    ['refused twice in time', { healthCheck, ...fault({ kind: 'crash' }, at(0, 4000)) }],
    ['no answer in time', { healthCheck, ...fault({ kind: 'blackhole' }, at(0, 5500)) }],
    ['HAProxy, whose checks hurry', { healthCheck: checkOf(haproxy), ...fault({ kind: 'crash' }, at(0, 1000)) }],
    [
      'Kubernetes, whose rate is fixed',
      { healthCheck: checkOf(kubernetes), ...fault({ kind: 'hang' }, at(0, 21_000)) },
    ],
    ['a lost machine, whose agent is dark too', { ...agents, ...fault({ kind: 'blackhole' }, at(0, 1)) }],
    ['errors, which no check sees', { healthCheck, ...fault(errors(1), at(0, 1)) }],
    ['enough faults', { healthCheck, ...fault({ kind: 'crash' }, drawn(12_000, 4000)) }, 10],
  ])('nothing of %s', async (_, written, replications = 2) => {
    expect(await said(written, 5, 1, replications)).toEqual([]);
  });

  it.each([
    // (1 - 0.05^5) / (0.05^5 0.95) requests; 100 a second for 60 s come.
    [
      { outlierDetection: inARow, ...fault(errors(0.05), at(0, Infinity)) },
      'at errors of 5% it takes some 3400000 requests until 5 in a row fail, as outlierDetection.consecutive5xx asks, and an instance gets 6000 meanwhile',
    ],
    [
      { ...accrual('linkerd'), ...fault(errors(0.1), at(0, 50_000)) },
      'until 7 in a row fail, as failureAccrual linkerd',
    ],
    [
      { healthCheck, ...fault({ kind: 'crash' }, at(0, 3999)) },
      'healthCheck needs at least 4 s to find a crash, and crash#0 lasts 3.999 s',
    ],
    [{ healthCheck: checkOf(haproxy), ...fault({ kind: 'hang' }, at(0, 2000)) }, 'at least 2.2 s to find a hang'],
    [
      {
        healthCheck: checkOf({ ...CONSUL_CHECK, failuresBeforeCritical: 2, intervalMs: 4000 }),
        ...fault({ kind: 'hang' }, at(0, 20_000)),
      },
      'at least 24 s to find a hang',
    ],
    [{ healthCheck: checkOf(kubernetes), ...fault({ kind: 'hang' }, at(0, 20_000)) }, 'at least 21 s to find a hang'],
    [{ healthCheck, ...fault({ kind: 'hang' }, at(0, 5000)) }, 'at least 5.5 s to find a hang, and hang#0 lasts 5 s'],
    // Which says that it is never found, and not how long that takes.
    [{ healthCheck: ofPort, ...fault({ kind: 'hang' }, at(0, 1)) }, 'kind is tcp, and there are faults of kind hang'],
  ])('%j', async (written, words) => {
    expect(await said(written)).toEqual([expect.stringContaining(words)]);
  });

  it.each([
    [
      drawn(10_000, 3000),
      ['healthCheck needs at least 5.5 s to find a blackhole, and blackhole#0 lasts on average 3 s'],
    ],
    [
      drawn(5000, 9000),
      ['healthCheck needs at least 6 s to find an instance well again, and with blackhole#0 it is up'],
    ],
  ])('drawn: %j', async (when, words) => {
    const found = await said({ healthCheck, ...fault({ kind: 'blackhole' }, when) }, 5, 1, 100);
    expect(found).toEqual(words.map((each) => expect.stringContaining(each)));
  });

  it('too few drawn faults: 60 s of 20 s each, twice, are six; of those that never return, one each', async () => {
    const some = await said(fault({ kind: 'crash' }, drawn(15_000, 5000)));
    expect(some).toEqual([expect.stringContaining('some 6 drawn faults are to be expected')]);
    const once = await said(fault({ kind: 'crash' }, drawn(1000, null)));
    expect(once).toEqual([expect.stringContaining('some 2 drawn faults are to be expected')]);
  });

  const all = { kind: 'count', count: 5 } as const;
  const constant = (value: number) => ({ kind: 'constant', value }) as const;
  const repair = exponential(5000);
  it.each<[string, FaultWhen, string | null]>([
    // Ten times 60 s, of 15 s up and 5 s down, and of 95 s up and 5 s down.
    ['a hazard', { kind: 'hazard', perMs: constant(1 / 15_000), repair }, null],
    ['a hazard', { kind: 'hazard', perMs: constant(1 / 95_000), repair }, 'some 6 drawn'],
    // 1 - exp(-60 / 95) of ten.
    ['a hazard that is final', { kind: 'hazard', perMs: constant(1 / 95_000), repair: null }, 'some 4.7 drawn'],
    // One of five ticks of 10 s: 50 s up and 5 s down.
    ['ticks', { kind: 'probability', everyMs: 10_000, share: constant(0.2), repair }, 'some 11 drawn'],
    // 1 - 0.9^6 of ten.
    ['ticks, final', { kind: 'probability', everyMs: 10_000, share: constant(0.1), repair: null }, 'some 4.7 drawn'],
    ['ticks', { kind: 'probability', everyMs: 1000, share: constant(0.2), repair }, null],
    ['a stationary start', { ...drawn(15_000, 5000), start: 'stationary' } as FaultWhen, null],
    ['a common cause', { kind: 'hazard', perMs: constant(1 / 15_000), repair, together: true }, 'some 6 drawn'],
    ['ticks of all', { kind: 'probability', everyMs: 1000, share: constant(0.2), repair, together: true }, 'some 12'],
  ])('of five instances by %s: %j', async (_, when, words) => {
    const found = await said({ faults: [{ action: { kind: 'crash' }, target: all, when }] });
    expect(found).toEqual(words === null ? [] : [expect.stringContaining(words)]);
  });

  it('what is written or recorded is no matter of chance', async () => {
    for (const when of [at(0, 9), { kind: 'repeated', atMs: 0, forMs: 9, everyMs: 10, times: 2 }] as FaultWhen[]) {
      expect(await said(fault({ kind: 'crash' }, when))).toEqual([]);
    }
  });

  it('of one cause, of one zone, or once warmed up, they are fewer', async () => {
    const when = drawn(15_000, 5000);
    const of = async (target: FaultConfig['target'], written: Partial<TrialConfig>, together = false) => {
      const faults = [{ action: { kind: 'crash' }, target, when: { ...when, together } }] as const;
      return (await said({ faults, ...written })).map((cause) => /some \d+ drawn faults/.exec(cause)?.[0]);
    };
    const all = { kind: 'instances', indexes: [0, 1, 2, 3, 4] } as const;
    expect(await of(all, {}), 'of five instances, 30').toEqual([]);
    expect(await of(all, {}, true), 'of all five at once').toEqual(['some 6 drawn faults']);
    expect(await of(all, { warmupMs: 30_000 }), 'in half of the time').toEqual(['some 15 drawn faults']);
    const instances = ['a', 'b', 'b', 'b', 'b'].map((zone, i) => ({ ...like, id: `i-${i}`, zone }));
    expect(await of({ kind: 'zone', zone: 'a' }, { instances }), 'of the only one in a').toEqual([
      'some 6 drawn faults',
    ]);
  });
});

describe('lives', () => {
  const young = async (when: FaultWhen, kind: 'crash' | 'slow' = 'crash') => {
    const action: FaultAction = kind === 'crash' ? { kind } : { kind, factor: 2 };
    return (await said(fault(action, when))).filter((cause) => cause.startsWith('lives of'));
  };

  it('longer than the run are told of, unless the run begins as if it had gone on for ever', async () => {
    const lifetime = (meanMs: number, changes = {}): FaultWhen => ({ ...drawn(meanMs, 1000), ...changes }) as FaultWhen;
    expect(await young(lifetime(61_000))).toEqual(['lives of crash#0 are 61 s long on average, and a run 60 s']);
    expect(await young(lifetime(59_000))).toEqual([]);
    expect(await young(lifetime(61_000, { start: 'stationary' }))).toEqual([]);
    expect(await young(drawn(61_000, null))).toEqual([]);
    expect(await young(lifetime(61_000), 'slow')).toEqual([]);
  });
});

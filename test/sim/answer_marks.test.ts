import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/core/random.ts';
import { HAPROXY_CHECK } from '../../src/health/checks/settings.ts';
import { CallTable } from '../../src/mesh/calls.ts';
import { AnswerMarks, DEGRADED, marksAnswers, UNMARKED } from '../../src/sim/answer_marks.ts';
import type { FaultAction, HealthCheckConfig, TrialConfig } from '../../src/sim/config.ts';
import { Engine } from '../../src/sim/engine.ts';
import { JobTable } from '../../src/sim/jobs.ts';
import { Network } from '../../src/sim/network.ts';
import { RequestTable } from '../../src/sim/requests.ts';
import { Server } from '../../src/sim/server.ts';
import { checksOf, envoyChecks } from '../helpers/checks.ts';
import { instances, type Trace, traceOf, trialOf } from '../helpers/trial.ts';

const AT_MS = 4000;
const UNTIL_MS = 7000;
const LATENCY_MS = 2;
const often = { intervalMs: 200, timeoutMs: 100, unhealthyThreshold: 3, healthyThreshold: 1 };
/** One probe early on, and then none: what is learnt comes of requests. */
const rarely = { ...often, intervalMs: 60_000, initialJitterMs: 1 };

/** Four instances, a hundred requests a second, a fault that strikes the first; callers hear of deregistrations late. */
const world = (action: FaultAction, healthCheck: HealthCheckConfig, written: Partial<TrialConfig> = {}): TrialConfig =>
  trialOf({
    instances: instances(4, { serviceTime: { kind: 'constant', valueMs: 10 } }),
    load: { arrivals: 'constant', ratePerMs: 0.1, keys: null },
    networkLatency: { kind: 'constant', valueMs: LATENCY_MS },
    discoveryLag: { kind: 'constant', valueMs: 2500 },
    healthCheck,
    faults: [{ action, target: { kind: 'instances', indexes: [0] }, when: { kind: 'at', atMs: AT_MS, forMs: 3000 } }],
    ...written,
  });

const sendsToFirst = ({ sends }: Trace, fromMs: number, toMs: number): number[] =>
  sends.filter(({ atMs, instance }) => instance === 0 && atMs >= fromMs && atMs < toMs).map(({ atMs }) => atMs);
/** What is made of the first instance from the fault on. */
const turns = ({ beliefs }: Trace) => beliefs.filter(({ atMs, instance }) => instance === 0 && atMs >= AT_MS);

describe('degraded', () => {
  const degraded: FaultAction = { kind: 'degraded' };

  it.each<[string, HealthCheckConfig]>([
    ['port', envoyChecks(often)],
    ['queue', envoyChecks(often, { through: 'queue', costMs: 1 })],
  ])('sends callers to the others, who go on believing in it: %s', (_, healthCheck) => {
    const trace = traceOf(world(degraded, healthCheck));
    expect(sendsToFirst(trace, AT_MS - 1000, AT_MS).length).toBeGreaterThanOrEqual(24);
    expect(sendsToFirst(trace, AT_MS + 250, UNTIL_MS)).toEqual([]);
    expect(sendsToFirst(trace, UNTIL_MS + 250, 10_000).length).toBeGreaterThan(50);
    expect(turns(trace)).toEqual([]);
    expect(trace.probes.every(({ passed }) => passed)).toBe(true);
  });

  it('is neither down nor impaired', () => {
    const { truths, faults } = traceOf(world(degraded, envoyChecks(often)));
    expect(truths).toEqual([]);
    expect(faults.map(({ what, atMs }) => [what, atMs])).toEqual([
      ['start', AT_MS],
      ['end', UNTIL_MS],
    ]);
  });

  it.each<[string, HealthCheckConfig]>([
    ['a connection', envoyChecks(often, { kind: 'tcp' })],
    ['the health service of gRPC', envoyChecks(often, { kind: 'grpc' })],
    ['rules of HAProxy', checksOf({ ...HAPROXY_CHECK, interMs: 200 })],
  ])('is nothing to %s', (_, healthCheck) => {
    const trace = traceOf(world(degraded, healthCheck));
    expect(sendsToFirst(trace, AT_MS, UNTIL_MS).length).toBeGreaterThanOrEqual(74);
    expect(turns(trace)).toEqual([]);
  });

  it('overlaps by union', () => {
    const at = (atMs: number) =>
      ({
        action: degraded,
        target: { kind: 'instances', indexes: [0] },
        when: { kind: 'at', atMs, forMs: 2000 },
      }) as const;
    const trace = traceOf(world(degraded, envoyChecks(often), { faults: [at(4000), at(5000)] }));
    expect(sendsToFirst(trace, 4250, 7000)).toEqual([]);
    expect(sendsToFirst(trace, 7250, 9000).length).toBeGreaterThan(30);
  });
});

describe('restart with announce: immediate-fail', () => {
  const restart = (over: object = {}): FaultAction => ({
    kind: 'restart',
    drainMs: 2000,
    downMs: 500,
    everyMs: 2500,
    announce: 'immediate-fail',
    ...over,
  });

  it('is failed by the first answer to a request, as of its send', () => {
    const trace = traceOf(world(restart(), envoyChecks(rarely)));
    const [first] = turns(trace);
    const told = trace.ends.find(({ atMs, instance }) => instance === 0 && atMs > AT_MS + LATENCY_MS);
    expect(told?.outcome).toBe('ok');
    expect(first).toMatchObject({ good: false, cause: 'activeCheck', atMs: told?.atMs, evidenceAtMs: told?.sentAtMs });
    // It is back, and callers hear so, at 9 s.
    expect(sendsToFirst(trace, first?.atMs ?? 0, 9000)).toEqual([]);
  });

  it('is failed by a probe too, one bad answer being enough', () => {
    const idle = { load: { arrivals: 'constant' as const, ratePerMs: 1e-4, keys: null } };
    for (const through of ['port', 'queue'] as const) {
      const trace = traceOf(world(restart(), envoyChecks(often, { through, costMs: 1 }), idle));
      const [first] = turns(trace);
      expect(first).toMatchObject({ good: false, cause: 'activeCheck' });
      expect(first?.atMs).toBeLessThan(AT_MS + 250);
    }
  });

  it('says so in what it finishes before it is killed', () => {
    const slow = { instances: instances(4, { serviceTime: { kind: 'constant', valueMs: 300 }, concurrency: 40 }) };
    const trace = traceOf(world(restart({ drainMs: 0, graceMs: 5000 }), envoyChecks(rarely), slow));
    const [first] = turns(trace);
    expect(first).toMatchObject({ good: false, cause: 'activeCheck' });
    expect(first?.evidenceAtMs).toBeLessThan(AT_MS);
  });

  it('is over when it is back: probes pass, and so do requests', () => {
    const trace = traceOf(world(restart(), envoyChecks(often), { discoveryLag: { kind: 'constant', valueMs: 9000 } }));
    expect(turns(trace).map(({ good }) => good)).toEqual([false, true]);
    expect(sendsToFirst(trace, AT_MS + 2750, 10_000).length).toBeGreaterThan(50);
  });

  it('of two that overlap ends with the last', () => {
    const twice = [0, 1000].map((laterMs) => ({
      action: restart({ drainMs: 4000 }),
      target: { kind: 'instances' as const, indexes: [0] },
      when: { kind: 'at' as const, atMs: AT_MS + laterMs, forMs: Infinity },
    }));
    const { probes } = traceOf(
      world(restart(), envoyChecks(often), { faults: twice, discoveryLag: { kind: 'constant', valueMs: 9000 } }),
    );
    const during = probes.filter(({ atMs, instance }) => instance === 0 && atMs > AT_MS + 210 && atMs < 9500);
    expect(during.length).toBeGreaterThan(20);
    expect(during.every(({ passed }) => !passed)).toBe(true);
    expect(probes.filter(({ atMs }) => atMs > 9800).every(({ passed }) => passed)).toBe(true);
  });

  it('is nothing to HAProxy but probes that fail', () => {
    const rare = traceOf(world(restart(), checksOf({ ...HAPROXY_CHECK, interMs: 60_000 })));
    expect(turns(rare).map(({ cause }) => cause)).toEqual(['registry', 'registry']);
    const frequent = traceOf(world(restart(), checksOf({ ...HAPROXY_CHECK, interMs: 200, fall: 3 })));
    const [first] = turns(frequent);
    expect(first).toMatchObject({ good: false, cause: 'activeCheck' });
    expect(first?.atMs).toBeGreaterThan(AT_MS + 400);
  });

  it('without it requests tell nothing', () => {
    expect(turns(traceOf(world(restart({ announce: undefined }), envoyChecks(rarely))))[0]?.cause).toBe('registry');
  });
});

/** GrpcActiveHealthCheckSession::onRpcComplete: SERVING is handleSuccess(false), all else a failure that counts at once. */
describe('a probe over grpc', () => {
  it.each(['port', 'queue'] as const)('is told serving or not serving, and no more: %s', (through) => {
    const trial = world({ kind: 'degraded' }, envoyChecks(often, { kind: 'grpc', through, costMs: 1 }));
    const [config] = instances(1);
    const [engine, jobs] = [new Engine(), new JobTable()];
    const network = new Network(trial, 1, [], engine, new CallTable(1), new RequestTable(1), jobs);
    const server = new Server(0, config, 0, engine, jobs, network);
    network.servers = [server];
    const answers: string[] = [];
    const probe = network.probeFor(trial, randomStream('checker'));
    const ask = (): void => {
      probe(config, 100, (answer) => answers.push(answer));
      engine.run(engine.now() + 100);
    };
    ask();
    server.degraded = true;
    ask();
    server.failsAtOnce = true;
    ask();
    server.failsAtOnce = false;
    server.probeErrorRate = 1;
    ask();
    server.hang();
    ask();
    server.wake();
    server.stop();
    ask();
    // That it hangs is for the checker's deadline to find; through the queue the health endpoint answers late, when it wakes.
    expect(answers.filter((_, i) => through === 'port' || i !== 4)).toEqual([
      'pass',
      'pass',
      'badAnswer',
      'badAnswer',
      'refused',
    ]);
  });
});

describe('a probe through the queue', () => {
  /**
   * What two probes sent at 0 and one sent at 50 ms find, and when, at a server with one worker and this queue, which says
   * so from then on; and one sent at 70 ms, when it has stopped and says nothing any more.
   */
  const found = (queue: number, says: 'failsAtOnce' | 'degraded', fromMs: number) => {
    const trial = world({ kind: 'degraded' }, envoyChecks(often, { through: 'queue', costMs: 1 }));
    const [config] = instances(1, { queue });
    const [engine, jobs] = [new Engine(), new JobTable()];
    const network = new Network(trial, 1, [], engine, new CallTable(1), new RequestTable(1), jobs);
    const server = new Server(0, config, 0, engine, jobs, network);
    network.servers = [server];
    const verdicts: [string, number][] = [];
    const probe = network.probeFor(trial, randomStream('checker'));
    const at = (atMs: number, act: () => void) => engine.schedule(atMs, act, 0);
    const ask = () => probe(config, 100, (verdict) => verdicts.push([verdict, engine.now()]));
    at(fromMs, () => {
      server[says] = true;
    });
    for (const atMs of [0, 0, 50, 70]) at(atMs, ask);
    at(60, () => {
      server[says] = false;
      server.stop();
    });
    engine.run(100);
    return verdicts;
  };
  const refused: [string, number] = ['refused', 74];

  it('is told to fail it at once by what answers: in line, as of when it is served, or ahead of it', () => {
    const says = ['immediateFail', 54];
    expect(found(5, 'failsAtOnce', 45)).toEqual([['pass', 5], ['pass', 6], says, refused]);
    expect(found(5, 'failsAtOnce', 3.5)).toEqual([['pass', 5], ['immediateFail', 6], says, refused]);
    expect(found(5, 'failsAtOnce', 1)).toEqual([['immediateFail', 4], ['immediateFail', 4], says, refused]);
  });

  it('is told that it is degraded when served, and not when turned away', () => {
    expect(found(0, 'degraded', 1)).toEqual([['badAnswer', 4], ['degraded', 5], ['degraded', 55], refused]);
  });
});

describe('marks of answers', () => {
  it('are only kept where some server will ever mark one', () => {
    expect(marksAnswers(trialOf())).toBe(false);
    expect(marksAnswers(world({ kind: 'crash' }, envoyChecks(often)))).toBe(false);
    expect(marksAnswers(world({ kind: 'restart', drainMs: 1, downMs: 1, everyMs: 2 }, envoyChecks(often)))).toBe(false);
    expect(marksAnswers(world({ kind: 'degraded' }, envoyChecks(often)))).toBe(true);
  });

  it('are the last that was written, whatever the number of the job', () => {
    const marks = new AnswerMarks();
    for (const job of [0, 63, 64, 1000]) {
      marks.write(job, DEGRADED);
      expect(marks.of(job)).toBe(DEGRADED);
      marks.write(job, UNMARKED);
      expect(marks.of(job)).toBe(UNMARKED);
    }
  });
});

import { describe, expect, test } from 'vitest';
import type { Host } from '../../src/balancer/host.ts';
import type { LoadReport } from '../../src/core/load_report.ts';
import { outcomeNames } from '../../src/core/outcome.ts';
import { randomStream } from '../../src/core/random.ts';
import { CallTable } from '../../src/mesh/calls.ts';
import type { Caller } from '../../src/sim/caller.ts';
import type { InstanceConfig, TrialConfig } from '../../src/sim/config.ts';
import { Engine } from '../../src/sim/engine.ts';
import { JobReports } from '../../src/sim/job_reports.ts';
import { JobTable } from '../../src/sim/jobs.ts';
import { Network } from '../../src/sim/network.ts';
import { RequestTable } from '../../src/sim/requests.ts';
import { Server } from '../../src/sim/server.ts';
import { instance } from '../helpers/balancing.ts';
import { instances, trialOf } from '../helpers/trial.ts';

interface Heard {
  readonly atMs: number;
  readonly outcome: string;
  readonly report: LoadReport | null;
}

/** One server behind a network, without callers: requests are sent by hand, and what comes back is written down. */
class Bench {
  readonly engine = new Engine();
  readonly server: Server;
  readonly network: Network;
  readonly heard: Heard[] = [];
  private readonly trial: TrialConfig;
  private readonly calls = new CallTable(1);
  private readonly requests = new RequestTable(1);

  constructor(legMs: number | null, config: Partial<InstanceConfig> = {}, reporting = true) {
    const [written] = instances(1, config);
    const networkLatency = legMs === null ? null : ({ kind: 'constant', valueMs: legMs } as const);
    this.trial = trialOf({ instances: [written], networkLatency });
    const jobs = new JobTable();
    const reports = reporting ? new JobReports() : null;
    const laws = [written.serviceTime];
    this.network = new Network(this.trial, 1, laws, this.engine, this.calls, this.requests, jobs, reports);
    this.server = new Server(0, written, 0, this.engine, jobs, this.network, reports);
    this.network.servers = [this.server];
    const upstream = {
      accept: () => {},
      settle: (_call: number, outcome: number, report: LoadReport | null) => {
        this.heard.push({ atMs: this.engine.now(), outcome: outcomeNames[outcome], report: report && { ...report } });
      },
    };
    this.network.callers = [{ serverAt: () => this.server, upstream } as unknown as Caller];
  }

  /** A request leaves now, whose service takes so long. */
  send(demandMs: number): void {
    const call = this.calls.open();
    const { requests } = this;
    requests.reserve(call);
    requests.demandMs[0][call] = demandMs;
    requests.outMs[call] = this.trial.networkLatency === null ? 0 : 5;
    requests.backMs[call] = this.trial.networkLatency === null ? 0 : 5;
    this.network.send(call, host);
  }

  /** A load probe leaves now; what it finds and when. */
  probe(found: { atMs: number; rif: number; latencyMs: number }[]): void {
    const probe = this.network.loadProbeFor(this.trial, randomStream('caller'));
    if (probe === null) throw new Error('no probe');
    probe(host, (_host, rif, latencyMs) => found.push({ atMs: this.engine.now(), rif, latencyMs }));
  }

  /** Lets time go on to this moment; what is due at it has not happened yet. */
  until(ms: number): void {
    this.engine.run(ms);
  }
}

const host = { instance: instance('i-1'), slot: 0 } as Host;

describe('the report with an answer', () => {
  test('says how things stood when the answer left, though it arrives later', () => {
    const bench = new Bench(5);
    bench.send(20);
    bench.send(30);
    bench.send(40);
    bench.until(24);
    // Arrives before the first answer leaves at 25, and counts in it; a fifth that arrives on its way back does not.
    bench.send(10);
    bench.until(27);
    bench.until(1000);
    expect(bench.heard.map(({ atMs, report }) => [atMs, report?.requestsInFlight, report?.queued])).toEqual([
      [30, 2, 1],
      [60, 2, 1],
      [100, 1, 0],
      [110, 0, 0],
    ]);
    expect(bench.heard.map(({ report }) => report?.serviceTimeMs)).toEqual([20, 30, 40, 10]);
  });

  test('counts answers, errors and busy time over the last second', () => {
    const bench = new Bench(null, { concurrency: 2 });
    for (let i = 0; i < 4; i++) bench.send(100);
    bench.until(201);
    // At 200 ms, four answers; both workers busy all the time.
    expect(bench.heard[3].report).toMatchObject({ qps: 4 / 0.2, errorsPerSecond: 0, utilization: 1 });
    bench.until(400);
    bench.server.err(1);
    bench.send(100);
    bench.until(401);
    expect(bench.heard[4]).toMatchObject({
      outcome: 'error',
      report: { qps: 5 / 0.4, errorsPerSecond: 1 / 0.4, utilization: 0.5, serviceTimeMs: 0 },
    });
  });

  test('tells slow service from waiting', () => {
    const bench = new Bench(null);
    bench.server.slowFactor = 3;
    bench.send(10);
    bench.send(10);
    bench.until(61);
    expect(bench.heard.map(({ atMs, report }) => [atMs, report?.serviceTimeMs])).toEqual([
      [30, 30],
      [60, 30],
    ]);
  });

  test('says in a rejection how long to stay away, and in no other answer', () => {
    const bench = new Bench(null, { queue: 1, retryAfterMs: 7000 });
    for (let i = 0; i < 3; i++) bench.send(10);
    bench.until(21);
    expect(bench.heard.map(({ outcome, report }) => [outcome, report?.retryAfterMs])).toEqual([
      ['rejected', 7000],
      ['ok', 0],
      ['ok', 0],
    ]);
    bench.server.err(1);
    bench.send(10);
    bench.until(22);
    expect(bench.heard[3]).toMatchObject({ outcome: 'error', report: { retryAfterMs: 0 } });
  });

  test('comes with a rejection, and not with what the server did not say', () => {
    const bench = new Bench(null, { queue: 1 });
    for (let i = 0; i < 3; i++) bench.send(10);
    bench.until(1);
    expect(bench.heard).toEqual([
      {
        atMs: 0,
        outcome: 'rejected',
        report: {
          qps: 10,
          errorsPerSecond: 10,
          utilization: 0,
          requestsInFlight: 2,
          queued: 1,
          serviceTimeMs: 0,
          retryAfterMs: 0,
        },
      },
    ]);
    bench.server.stop();
    bench.send(10);
    bench.until(2);
    expect(bench.heard.slice(1).map(({ outcome, report }) => [outcome, report])).toEqual([
      ['reset', null],
      ['reset', null],
      ['refused', null],
    ]);
  });

  test('knows nothing of the time before a restart', () => {
    const bench = new Bench(null);
    bench.send(100);
    bench.until(150);
    bench.server.stop();
    bench.server.start();
    bench.send(50);
    bench.until(201);
    // One answer and 50 ms of work, over 100 ms at least.
    expect(bench.heard[1].report).toMatchObject({ qps: 10, utilization: 0.5 });
  });

  test('is not there where nobody asks for it', () => {
    const bench = new Bench(null, {}, false);
    bench.send(10);
    bench.until(11);
    expect(bench.heard).toEqual([{ atMs: 10, outcome: 'ok', report: null }]);
    expect(bench.network.loadProbeFor(trialOf(), randomStream('caller'))).toBe(null);
  });
});

describe('a load probe', () => {
  test('finds what is in flight when it arrives, and is back a leg later', () => {
    const bench = new Bench(5);
    const found: { atMs: number; rif: number; latencyMs: number }[] = [];
    bench.send(20);
    bench.send(30);
    bench.until(10);
    bench.probe(found);
    bench.until(40);
    bench.probe(found);
    bench.until(60);
    bench.probe(found);
    bench.until(100);
    // At 15 both are there, and nobody has answered; at 45 one has, which found nobody there and took 20 ms; at 65 the
    // other has too, after 50 ms, but it found one there.
    expect(found).toEqual([
      { atMs: 20, rif: 2, latencyMs: 0 },
      { atMs: 50, rif: 1, latencyMs: 20 },
      { atMs: 70, rif: 0, latencyMs: 20 },
    ]);
  });

  test.each(['stop', 'goDark', 'hang'] as const)('is not answered after %s', (fault) => {
    const bench = new Bench(5);
    const found: { atMs: number; rif: number; latencyMs: number }[] = [];
    bench.probe(found);
    bench.until(3);
    bench.server[fault]();
    bench.until(100);
    expect(found).toEqual([]);
  });
});

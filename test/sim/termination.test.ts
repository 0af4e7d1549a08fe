import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { Outcome } from '../../src/core/outcome.ts';
import type { FaultAction, FaultConfig } from '../../src/sim/config.ts';
import { Engine } from '../../src/sim/engine.ts';
import { type JobId, JobTable, NO_CALL } from '../../src/sim/jobs.ts';
import { Server } from '../../src/sim/server.ts';
import type { ServerPort } from '../../src/sim/server_port.ts';
import { instances, type Trace, traceOf, trialOf } from '../helpers/trial.ts';

/** A server with its network played by hand: what became of each job, and when. */
function serverOf(written: Parameters<typeof instances>[1]) {
  const engine = new Engine();
  const jobs = new JobTable();
  const told: { job: JobId; what: string; atMs: number }[] = [];
  const note = (what: string) => (job: JobId) => void told.push({ job, what, atMs: engine.now() });
  const port: ServerPort = {
    accept: () => {},
    answer: (job, outcome) => note(outcome === Outcome.refused ? 'refused' : 'reset')(job),
    complete: note('ok'),
    lose: note('lost'),
  };
  const server = new Server(0, instances(1, written)[0], 0, engine, jobs, port);
  const request = (demandMs: number): JobId => {
    const job = jobs.open();
    jobs.call[job] = NO_CALL;
    jobs.demandMs[job] = demandMs;
    server.receive(job);
    return job;
  };
  return { engine, server, request, told };
}

describe('a server that is asked to terminate', () => {
  it('exits at once where it has nothing', () => {
    const { server } = serverOf({});
    let exits = 0;
    server.terminate(() => exits++);
    expect([exits, server.up]).toEqual([1, false]);
    server.kill();
    expect(exits).toBe(1);
  });

  it('refuses newcomers, finishes what it serves and what waits, and then exits', () => {
    const { engine, server, request, told } = serverOf({});
    const first = request(10);
    const second = request(10);
    let exitAtMs = -1;
    engine.schedule(5, () => server.terminate(() => (exitAtMs = engine.now())), 0);
    let late = -1;
    engine.schedule(12, () => (late = request(1)), 0);
    engine.run(100);
    expect(told).toEqual([
      { job: first, what: 'ok', atMs: 10 },
      { job: late, what: 'refused', atMs: 12 },
      { job: second, what: 'ok', atMs: 20 },
    ]);
    expect(exitAtMs).toBe(20);
  });

  it('is not busy while it takes no requests: utilization is of the time up', () => {
    const { engine, server, request } = serverOf({});
    for (let i = 0; i < 3; i++) request(10);
    engine.schedule(5, () => server.terminate(() => {}), 0);
    engine.schedule(25, () => server.kill(), 0);
    engine.run(100);
    expect(server.busyMs()).toBe(5);
  });

  type Step = { readonly atMs: number; readonly what: 'request' | 'hang' | 'dark' };
  const steps = fc.array(
    fc.record({
      atMs: fc.nat(60),
      what: fc.constantFrom<Step['what']>('request', 'request', 'request', 'hang', 'dark'),
    }),
    { maxLength: 12 },
  );
  test.prop([steps, fc.nat(60), fc.integer({ min: 1, max: 40 })])(
    'settles every job once, takes none after the signal, and exits once: when it has nothing left, or by its grace',
    (script, signalMs, graceMs) => {
      const { engine, server, request, told } = serverOf({ concurrency: 2 });
      const taken: { job: JobId; atMs: number; deaf: boolean }[] = [];
      let exitAtMs = Number.NaN;
      let exits = 0;
      // It hangs since before the signal and has not heard of it.
      let deaf = false;
      const state = { hung: false, dark: false };
      for (const { atMs, what } of script) {
        const act = () => {
          if (what === 'request') taken.push({ job: request(7), atMs: engine.now(), deaf });
          else if (what === 'hang') {
            if (state.hung) {
              deaf = false;
              server.wake();
            } else server.hang();
            state.hung = !state.hung;
          } else {
            if (state.dark) server.comeBack();
            else server.goDark();
            state.dark = !state.dark;
          }
        };
        engine.schedule(atMs, act, 0);
      }
      engine.schedule(
        signalMs + 0.5,
        () => {
          const kill = engine.schedule(graceMs, () => server.kill(), 0);
          deaf = state.hung;
          server.terminate(() => {
            exits++;
            deaf = false;
            exitAtMs = engine.now();
            engine.cancel(kill);
          });
        },
        0,
      );
      engine.run(1000);
      expect(exits).toBe(1);
      expect(exitAtMs).toBeGreaterThanOrEqual(signalMs + 0.5);
      expect(exitAtMs).toBeLessThanOrEqual(signalMs + 0.5 + graceMs);
      expect(server.inFlight).toBe(0);
      expect(told.map(({ job }) => job).toSorted((a, b) => a - b)).toEqual(
        taken.map(({ job }) => job).toSorted((a, b) => a - b),
      );
      // Only what hangs stays longer than its last job.
      if (!script.some(({ what }) => what === 'hang')) {
        const before = taken.filter(({ atMs }) => atMs <= signalMs).map(({ job }) => job);
        const ends = told.filter(({ job }) => before.includes(job)).map(({ atMs }) => atMs);
        expect(exitAtMs).toBe(Math.max(signalMs + 0.5, ...ends));
      }
      for (const { job, atMs, deaf } of taken) {
        const end = told.find((other) => other.job === job);
        if (atMs > signalMs && !deaf) expect(['refused', 'lost']).toContain(end?.what);
        else expect(end?.atMs).toBeLessThanOrEqual(exitAtMs);
      }
    },
  );
});

describe('a restart with preStop and grace', () => {
  const restart = (written: Partial<FaultAction & { kind: 'restart' }>): FaultConfig => ({
    action: { kind: 'restart', drainMs: 1000, graceMs: 5000, downMs: 1000, everyMs: 10_000, ...written },
    target: { kind: 'instances', indexes: [0] },
    when: { kind: 'at', atMs: 3000, forMs: Infinity },
  });
  /** Requests of `serviceMs`, one every 100 ms, of a caller that goes on sending: its registry is blind. */
  const run = (faults: FaultConfig[], serviceMs: number): Trace =>
    traceOf(
      trialOf({
        durationMs: 20_000,
        instances: instances(1, { concurrency: 1000, serviceTime: { kind: 'constant', valueMs: serviceMs } }),
        // What discovery has to say comes too late.
        discoveryLag: { kind: 'constant', valueMs: 15_000 },
        faults,
      }),
    );
  const truths = (trace: Trace) => trace.truths.map(({ atMs, up }) => [atMs, up]);
  const outcomes = (trace: Trace, fromMs: number, toMs: number) => [
    ...new Set(trace.done.filter((d) => d.arrivedAtMs >= fromMs && d.arrivedAtMs < toMs).map((d) => d.outcome)),
  ];

  it('serves on, refuses from SIGTERM, finishes what it has, exits when it has, and is back after down', () => {
    const trace = run([restart({})], 450);
    // The last request it took was sent at 3.95 s or before: it ends before 4.45 s, and down counts from there.
    const [[downMs], [upMs]] = truths(trace) as [[number], [number]];
    expect(downMs).toBe(4000);
    expect(upMs).toBeGreaterThan(4000 + 350 + 1000);
    expect(upMs).toBeLessThanOrEqual(4000 + 450 + 1000);
    expect(outcomes(trace, 0, 4000)).toEqual(['ok']);
    expect(outcomes(trace, 4000, upMs)).toEqual(['refused']);
    expect(outcomes(trace, upMs, 15_000)).toEqual(['ok']);
  });

  it('is killed when its grace, counted from the deletion, is over: what it still has is reset', () => {
    const trace = run([restart({})], 4500);
    expect(truths(trace)).toEqual([
      [4000, false],
      [9000, true],
    ]);
    const resets = trace.ends.filter(({ outcome }) => outcome === 'reset');
    expect(new Set(resets.map(({ atMs }) => atMs))).toEqual(new Set([8000]));
    for (const { sentAtMs } of resets) expect(sentAtMs).toBeGreaterThan(3500);
  });

  it('has two seconds for its shutdown however long preStop took', () => {
    expect(truths(run([restart({ drainMs: 5000 })], 9000))).toEqual([
      [8000, false],
      [11_000, true],
    ]);
  });

  it('dies with a crash that comes meanwhile, and is back when both are over', () => {
    const crash: FaultConfig = {
      action: { kind: 'crash' },
      target: { kind: 'instances', indexes: [0] },
      when: { kind: 'at', atMs: 5000, forMs: 3000 },
    };
    const trace = run([restart({}), crash], 4500);
    expect(truths(trace)).toEqual([
      [4000, false],
      [8000, true],
    ]);
    expect(new Set(trace.ends.filter(({ outcome }) => outcome === 'reset').map(({ atMs }) => atMs))).toEqual(
      new Set([5000]),
    );
  });
});

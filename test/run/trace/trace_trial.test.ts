import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { MetadataEvent, TraceEvent } from '../../../src/run/trace/trace_event.ts';
import { traceTrial, windowOf } from '../../../src/run/trace/trace_trial.ts';
import { runTrial } from '../../../src/run/trial.ts';
import { traceOf } from '../../helpers/trial.ts';
import { DARK_ZONE, trialIn } from '../replay/world.ts';
import { viewed } from './format.ts';

const trial = trialIn(DARK_ZONE);
const told = traceOf(trial, 3);
const run = runTrial(trial, 3, { recordSeries: false });
const everything = { fromMs: 0, toMs: Infinity, events: 1e6 };
const within = (ms: number) => Math.round(ms * 1e6) / 1e6;

type CounterEvent = TraceEvent & { ph: 'C' };
const countersOf = (events: readonly TraceEvent[], name: string) =>
  events.filter((event): event is CounterEvent => event.ph === 'C' && event.name === name);

/** All that can go wrong, at once and often: short lives, restarts, ejections, panic, errors, an outage of the registry. */
const TURMOIL = `name: turmoil
duration: 4s
instances:
  - { count: 3, zones: [a, b], concurrency: 1, queue: 2, serviceTime: { exponential: { mean: 8ms } } }
callers: { count: 2 }
load: { arrivals: poisson, rate: 120/s }
loadBalancer: { policy: random, panicThreshold: 60% }
healthCheck: { interval: 200ms, timeout: 50ms, unhealthyThreshold: 1, healthyThreshold: 1 }
outlierDetection: { consecutive5xx: 2, interval: 200ms, baseEjectionTime: 300ms, maxEjectionPercent: 100% }
registry: { kind: memory, ttl: 600ms, renewInterval: 200ms }
request: { timeout: 300ms, perTryTimeout: 100ms, retries: { attempts: 2, retryOn: [connect-failure, timeout, 5xx] } }
faults:
  - { crash: { zone: a }, lifetime: { exponential: { mean: 500ms } }, repair: { exponential: { mean: 300ms } } }
  - { errors: { instances: [a-1], rate: 70% }, at: 100ms, every: 400ms, times: 6, for: 250ms }
  - { registry: { mode: down }, at: 1s, for: 1s }
`;

describe('a trace', () => {
  test.prop(
    [
      fc.nat({ max: 1000 }),
      fc.double({ min: 0, max: 3999, noNaN: true }),
      fc.option(fc.double({ min: 1, max: 5000, noNaN: true })),
      fc.oneof(fc.constant(1e6), fc.integer({ min: 1, max: 800 })),
    ],
    { numRuns: 25 },
  )('is as the format asks, within its window and cap, and changes no digest', (seed, fromMs, forMs, events) => {
    const turmoil = trialIn(TURMOIL);
    const window = { fromMs, toMs: forMs === null ? Infinity : fromMs + forMs, events };
    const trace = traceTrial(turmoil, seed, window);
    viewed(trace.events, fromMs, trace.toMs);
    expect(trace.toMs).toBeLessThanOrEqual(window.toMs);
    const drawn = trace.events.filter(({ ph }) => ph !== 'M').length;
    // The opening draws what is so, whatever the cap; each event of the run adds four places at most.
    const opening = traceTrial(turmoil, seed, { ...window, events: 1 }).events.filter(({ ph }) => ph !== 'M').length;
    expect(drawn).toBeLessThanOrEqual(events + 4 + opening);
    if (events === 1e6) expect(trace.capped).toBe(false);
    const { digest, inputDigest } = runTrial(turmoil, seed, { recordSeries: false }).measures;
    expect([trace.measures.digest, trace.measures.inputDigest]).toEqual([digest, inputDigest]);
  });

  it('has every request and attempt of the run, from send to end, with how it ended', () => {
    const { events, measures, toMs } = traceTrial(trial, 3, everything);
    expect(measures).toEqual(run.measures);
    const { spans, processes } = viewed(events, 0, toMs);
    const attempts = spans.filter(({ cat }) => cat === 'attempt');
    const found = attempts.map(({ args, pid, fromMs, toMs: endMs, endArgs }) => ({
      ...{ request: args.request, attempt: Number(args.attempt) - 1, at: processes.get(pid) },
      ...{ sentAtMs: within(fromMs), atMs: within(endMs), outcome: endArgs.outcome },
    }));
    const expected = told.ends.map(({ request, attempt, instance, sentAtMs, atMs, outcome }) => ({
      ...{ request, attempt, at: `instance ${trial.instances[instance].id} (${trial.instances[instance].zone})` },
      ...{ sentAtMs: within(sentAtMs), atMs: within(atMs), outcome },
    }));
    expect(found.filter(({ outcome }) => outcome !== 'open')).toEqual(expected);
    expect(attempts).toHaveLength(told.sends.length);
    const answers = spans.filter(
      ({ cat, name, endArgs }) => cat === 'request' && name.startsWith('request') && endArgs,
    );
    expect(answers.filter(({ endArgs }) => endArgs.outcome !== 'open')).toHaveLength(told.done.length);
    expect(answers).toHaveLength(told.arrivals.length);
    const nested = spans.filter(({ cat, name }) => cat === 'request' && !name.startsWith('request'));
    expect(nested).toHaveLength(told.sends.length);
  });

  it('links an attempt to its retry', () => {
    const { spans } = viewed(traceTrial(trial, 3, everything).events, 0, Infinity);
    const retried = told.sends.filter(({ attempt }) => attempt === 1).map(({ request }) => request);
    expect(retried.length).toBeGreaterThan(10);
    const arrows = spans.filter(({ arrows }) => arrows !== '');
    expect(arrows.map(({ id }) => id).sort()).toEqual(
      retried.flatMap((request) => [`attempt-${request}.1`, `attempt-${request}.2`]).sort(),
    );
    for (const { arrows: drawn, args } of arrows) expect(drawn).toBe(`>${String(args.request)}`);
  });

  it('draws faults, what is true, and what callers believe of it', () => {
    const { spans, inThreads, processes } = viewed(traceTrial(trial, 3, everything).events, 0, Infinity);
    const faults = spans.filter(({ cat }) => cat === 'fault');
    expect(faults.map(({ name, pid, fromMs, toMs }) => [name, processes.get(pid), fromMs, toMs])).toEqual([
      ['active fault: blackhole#0', 'instance b-1 (b)', 2000, 4000],
      ['active fault: blackhole#0', 'instance b-2 (b)', 2000, 4000],
    ]);
    const down = inThreads.filter(({ thread }) => thread === 'truth');
    expect(down.map(({ name, fromMs, toMs }) => [name, fromMs, toMs])).toEqual([
      ['down', 2000, 4000],
      ['down', 2000, 4000],
    ]);
    const out = inThreads.filter(({ name }) => name === 'out: activeCheck');
    const beliefs = told.beliefs.filter(({ atMs }) => atMs >= 2000);
    const turned = (good: boolean) => beliefs.filter((belief) => belief.good === good).map(({ atMs }) => within(atMs));
    expect(out.map(({ fromMs }) => within(fromMs))).toEqual(turned(false));
    expect(out.map(({ toMs }) => within(toMs)).sort()).toEqual(turned(true).sort());
    expect([...new Set(out.map(({ thread }) => thread))].sort()).toEqual(['belief in b-1', 'belief in b-2']);
  });

  it('opens upon what was so before, and closes what is still so', () => {
    const { events } = traceTrial(trial, 3, { fromMs: 3500, toMs: 3600, events: 1e6 });
    const { spans, inThreads } = viewed(events, 3500, 3600);
    const faults = spans.filter(({ cat }) => cat === 'fault');
    expect(faults.map(({ fromMs, toMs, args }) => [fromMs, toMs, args.since_ms])).toEqual([
      [3500, 3600, 2000],
      [3500, 3600, 2000],
    ]);
    const out = inThreads.filter(({ name }) => name === 'out: activeCheck');
    expect(out.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual(Array(4).fill([3500, 3600]));
    const arrived = told.arrivals.filter(({ atMs }) => atMs >= 3500 && atMs < 3600).map(({ request }) => request);
    const requests = spans.filter(({ cat, name }) => cat === 'request' && name.startsWith('request'));
    expect(requests.map(({ args }) => Number(args.request)).sort((a, b) => a - b)).toEqual(arrived);
    expect(requests.some(({ name }) => name === 'request: open')).toBe(true);
  });

  it('has health checks as they end, and how busy instances are', () => {
    const { events } = traceTrial(trial, 3, { fromMs: 1900, toMs: 2900, events: 1e6 });
    const checks = events.filter((event): event is TraceEvent & { ph: 'i' } => event.ph === 'i');
    const probes = told.probes.filter(({ atMs }) => atMs >= 1900 && atMs < 2900);
    expect(checks.map(({ name }) => name)).toEqual(probes.map(({ passed }) => `check ${passed ? 'passed' : 'failed'}`));
    const counters = countersOf(events, 'requests');
    expect(counters.some(({ args }) => Number(args?.served) > 0)).toBe(true);
    const lastOf = new Map(counters.map(({ pid, args }) => [pid, args]));
    expect(lastOf.size).toBe(4);
  });

  it('counts at each instance the callers that do without it, from the first moment of the window on', () => {
    const fromMs = 1900;
    const { events } = traceTrial(trial, 3, { ...everything, fromMs });
    const { processes } = viewed(events, fromMs, Infinity);
    expect(events.find(({ ph }) => ph !== 'M')).toMatchObject({ ts: fromMs * 1000 });
    const counters = countersOf(events, 'callers');
    for (const [instance, { id, zone }] of trial.instances.entries()) {
      const [pid] = [...processes].find(([, name]) => name === `instance ${id} (${zone})`) ?? [];
      const turns = told.beliefs.filter((belief) => belief.atMs >= fromMs && belief.instance === instance);
      let without = 0;
      const expected = turns.map(({ atMs, good }) => {
        without += good ? -1 : 1;
        return [within(atMs), without];
      });
      const drawn = counters.filter((counter) => counter.pid === pid);
      expect(drawn.map(({ ts, args }) => [within(ts / 1000), args?.['without it']])).toEqual([
        [fromMs, 0],
        ...expected,
      ]);
      expect(expected).toHaveLength(zone === 'b' ? 2 * trial.callers.length : 0);
    }
    const amid = traceTrial(trial, 3, { fromMs: 3500, toMs: 3600, events: 1e6 });
    const opening = countersOf(amid.events, 'callers').map(({ args }) => args?.['without it']);
    expect(opening.sort()).toEqual([0, 0, 2, 2]);
  });

  it('names what a process is unless its id says so, and numbers threads as they are shown, whatever comes first', () => {
    const [first, second] = trial.callers;
    const callers = [
      { ...first, id: 'caller-1' },
      { ...second, id: 'edge', zone: 'a' },
    ];
    const numbersOf = (fromMs: number) => {
      const { events } = traceTrial({ ...trial, callers }, 3, { ...everything, fromMs });
      const meta = events.filter((event): event is MetadataEvent => event.ph === 'M');
      const shown = (name: MetadataEvent['name']) => meta.filter((event) => event.name === name);
      for (const { tid, args } of shown('thread_sort_index')) expect(args.sort_index).toBe(tid);
      const processes = shown('process_name').map(({ pid, args }) => `${args.name} ${pid}`);
      return { processes, threads: shown('thread_name').map(({ pid, tid, args }) => [pid, tid, args.name] as const) };
    };
    const { processes, threads } = numbersOf(0);
    const instances = ['instance a-1 (a) 1', 'instance b-1 (b) 2', 'instance a-2 (a) 3', 'instance b-2 (b) 4'];
    expect(processes).toEqual([...instances, 'caller-1 5', 'caller edge (a) 6']);
    const last = Math.max(...threads.map(([pid]) => pid));
    const shownAtLast = threads.filter(([pid]) => pid === last).map(([, , name]) => name);
    expect(shownAtLast).toEqual(['panic', ...['a-1', 'b-1', 'a-2', 'b-2'].map((id) => `belief in ${id}`)]);
    const tids = threads.map(([, tid]) => tid);
    expect(tids).toEqual(tids.toSorted((a, b) => a - b));
    expect(threads).toEqual(expect.arrayContaining(numbersOf(3500).threads));
  });

  it('shows the registry first', () => {
    const { events } = traceTrial(trialIn(TURMOIL), 3, { ...everything, fromMs: 1500 });
    const [first, order] = events.filter((event): event is MetadataEvent => event.ph === 'M');
    expect([first.args.name, order.name, order.args.sort_index]).toEqual(['registry', 'process_sort_index', 0]);
    const faults = events.filter(({ ph, pid }) => ph === 'b' && pid === first.pid);
    expect(faults.map(({ name }) => name)).toEqual(['active fault: registry#2']);
  });

  it('says where it stopped for want of room', () => {
    const { capped, toMs, fromMs } = traceTrial(trial, 3, { fromMs: 1000, toMs: Infinity, events: 500 });
    expect(capped).toBe(true);
    expect(fromMs).toBe(1000);
    expect(toMs).toBeGreaterThan(1000);
    expect(toMs).toBeLessThan(2000);
  });
});

describe('the window', () => {
  const wish = { fromMs: null, forMs: null, events: 9 };

  it('begins a second before the first fault, or with the measured time', () => {
    expect(windowOf(wish, trial, run.measures)).toEqual({ fromMs: 1000, toMs: Infinity, events: 9 });
    const late = { ...trial, warmupMs: 1500 };
    expect(windowOf(wish, late, run.measures).fromMs).toBe(1500);
    const calm = { ...run.measures, impact: [], failovers: [] };
    expect(windowOf(wish, trial, calm).fromMs).toBe(1000);
  });

  it('is what is asked for', () => {
    const asked = windowOf({ ...wish, fromMs: 10, forMs: 5 }, trial, run.measures);
    expect([asked.fromMs, asked.toMs]).toEqual([10, 15]);
  });
});

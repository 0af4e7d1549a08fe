import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { strategies } from '../../../src/balancer/strategies/index.ts';
import { runTrial } from '../../../src/run/trial.ts';
import { DARK_ZONE, eventsOf, replayed, settings, trialIn } from './world.ts';

const trial = trialIn(DARK_ZONE);
const short = { ...trial, durationMs: 2500 };
const everyRequest = Array.from({ length: 600 }, (_, request) => request);
const digestsOf = ({ digest, inputDigest }: { digest: string; inputDigest: string }) => ({ digest, inputDigest });

describe('a replay is the run', () => {
  const variants = strategies.flatMap(({ name, variants }) => variants.map(({ when }) => ({ name, options: when })));

  it.each(variants)('under $name $options, with the story of every request told', (strategy) => {
    const run = runTrial({ ...short, strategy }, 3, { recordSeries: false });
    const replay = replayed({ ...short, strategy }, { requests: everyRequest });
    expect(replay.measures).toEqual(run.measures);
    const byPolicy = eventsOf(replay, 'send').filter(({ story }) => story?.choice === 'policy');
    expect(byPolicy.map(({ story }) => story?.pick?.instance)).toEqual(byPolicy.map(({ instance }) => instance));
  });

  it.each(Object.entries(settings))('with %s', (_, written) => {
    const other = { ...short, ...written };
    const run = runTrial(other, 3, { recordSeries: false });
    expect(replayed(other, { requests: everyRequest }).measures).toEqual(run.measures);
  });

  test.prop([fc.nat(), fc.constantFrom('measured', 'all', 'window')], { numRuns: 6 })(
    'under any seed, whatever is listed',
    (seed, what) => {
      const selection = { all: {}, measured: { instances: [0, 2] }, window: { events: 7, aroundMs: 2100 } }[what];
      const { measures } = runTrial(short, seed, { recordSeries: true });
      expect(digestsOf(replayed(short, selection, seed).measures)).toEqual(digestsOf(measures));
    },
  );
});

describe('the log', () => {
  const all = replayed(trial);
  const { requests } = all.measures;

  it('agrees with the counts that are measured', () => {
    const measured = eventsOf(all, 'done').filter(({ atMs, tookMs }) => {
      const arrivedAtMs = atMs - tookMs;
      return arrivedAtMs >= trial.warmupMs && arrivedAtMs < trial.durationMs;
    });
    const counts = (outcome: string) => measured.filter((event) => event.outcome === outcome).length;
    expect(requests.failed).toBeGreaterThan(0);
    expect(requests.retries).toBeGreaterThan(0);
    expect({
      offered: measured.length + requests.inFlightAtEnd,
      succeeded: counts('ok'),
      timedOut: counts('timedOut'),
      reset: counts('reset'),
      refused: counts('refused'),
      error: counts('error'),
      rejected: counts('rejected'),
      noHost: counts('noHost'),
      attempts: measured.reduce((sum, { attempts }) => sum + attempts, 0),
    }).toEqual({
      offered: requests.offered,
      succeeded: requests.succeeded,
      timedOut: requests.timedOut,
      reset: requests.reset,
      refused: requests.refused,
      error: requests.error,
      rejected: requests.rejected,
      noHost: requests.noHost,
      attempts: requests.attempts,
    });
  });

  it('has as many sends of each request as its answer says, and a failure for each but the last', () => {
    const sends = eventsOf(all, 'send').map(({ request, attempt }) => `${request}:${attempt}`);
    const ends = eventsOf(all, 'end').map(({ request, attempt }) => `${request}:${attempt}`);
    const answers = eventsOf(all, 'done');
    const attempts = (until: (event: (typeof answers)[number]) => number) =>
      answers.flatMap((event) => Array.from({ length: until(event) }, (_, i) => `${event.request}:${i + 1}`));
    const failed = attempts((event) => (event.outcome === 'ok' ? event.attempts - 1 : event.attempts));
    const done = new Set(answers.map(({ request }) => `${request}`));
    const ofDone = (names: readonly string[]) => names.filter((name) => done.has(name.split(':')[0])).toSorted();
    expect(ofDone(sends)).toEqual(attempts((event) => event.attempts).toSorted());
    expect(ofDone(ends)).toEqual(failed.toSorted());
  });

  it('is in order of time', () => {
    const times = all.events.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(all.left).toBe(0);
  });

  it('tells at once of what happens alike at one moment', () => {
    const [joined] = eventsOf(all, 'belief');
    expect(joined).toMatchObject({
      atMs: 0,
      callers: ['caller-1', 'caller-2'],
      instances: ['a-1', 'b-1', 'a-2', 'b-2'],
    });
    expect(eventsOf(all, 'truth')).toEqual([
      {
        ...{ kind: 'truth', atMs: 2000, instances: ['b-1', 'b-2'] },
        changes: [
          { what: 'fault', fault: 'blackhole#0', starts: true },
          { what: 'up', up: false, fault: 'blackhole#0' },
        ],
      },
      {
        ...{ kind: 'truth', atMs: 4000, instances: ['b-1', 'b-2'] },
        changes: [
          { what: 'fault', fault: 'blackhole#0', starts: false },
          { what: 'up', up: true, fault: 'blackhole#0' },
        ],
      },
    ]);
  });

  it('numbers all requests, and names those worth a look', () => {
    const dones = eventsOf(all, 'done');
    expect(all.arrivals).toBe(Math.max(...eventsOf(all, 'send').map(({ request }) => request)) + 1);
    const failed = all.landmarks.find(({ what }) => what === 'firstFailed');
    expect(failed?.request).toBe(dones.find(({ outcome }) => outcome !== 'ok')?.request);
    expect(all.landmarks.find(({ what }) => what === 'firstRescued')?.attempts).toBe(2);
  });

  it('of an instance leaves out what is usual, and counts it', () => {
    const index = 1;
    const log = replayed(trial, { instances: [index] });
    const row = all.measures.instances[index];
    for (const event of log.events) {
      if (event.kind === 'belief' || event.kind === 'truth') expect(event.instances).toEqual(['b-1']);
      else expect(event).toMatchObject({ instance: 'b-1' });
    }
    const failures = eventsOf(log, 'end').length + log.unlisted.failures;
    const whole = eventsOf(all, 'end').filter(({ instance }) => instance === 'b-1').length;
    expect(failures).toBe(whole);
    expect(whole).toBeGreaterThanOrEqual(row.failures);
    // What is in flight at the end has not ended.
    const sent = eventsOf(all, 'send').filter(({ instance }) => instance === 'b-1').length;
    expect(sent - log.unlisted.attempts - failures).toBeOneOf([0, 1, 2]);
    // Each caller's checks begin to fail once, and pass again once.
    expect(eventsOf(log, 'probe').map(({ passed }) => passed)).toEqual([false, false, true, true]);
  });

  it('of requests and instances is of both', () => {
    const request = all.landmarks[0].request;
    const both = replayed(trial, { requests: [request], instances: [0] });
    const kinds = new Set(both.events.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['send', 'end', 'done', 'belief']));
    expect(eventsOf(both, 'done').map((event) => event.request)).toEqual([request]);
  });
});

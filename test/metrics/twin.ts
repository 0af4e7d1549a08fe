import { type BeliefCause, beliefCauses, byCause } from '../../src/core/belief_cause.ts';
import { Outcome } from '../../src/core/outcome.ts';
import type { Event, History, Of } from './history.ts';

/**
 * The measures of a history, recomputed from all of its events by the words of DESIGN.md, section 5: slowly, and sharing
 * nothing with src/metrics but the shape of the answer. Positions in the list are the order of the calls.
 */
export class Twin {
  private readonly setup: History['setup'];
  private readonly events: readonly Event[];
  private readonly unfinished: readonly number[];
  private readonly endMs: number;
  private readonly start: number;
  private readonly stop: number;
  private readonly instanceIndexes: number[];
  private readonly callerIndexes: number[];

  constructor({ setup, events, unfinished, endMs }: History) {
    this.setup = setup;
    this.events = events;
    this.unfinished = unfinished;
    this.endMs = endMs;
    this.start = events.findIndex(({ kind }) => kind === 'start');
    this.stop = events.findIndex(({ kind }) => kind === 'stop');
    this.instanceIndexes = setup.instances.map((_, i) => i);
    this.callerIndexes = setup.callerIds.map((_, i) => i);
  }

  // Requests and latency.

  latencies(): { readonly successes: number[]; readonly all: number[] } {
    const done = this.all('done').filter(({ arrivedAtMs }) => this.isMeasured(arrivedAtMs));
    const age = ({ atMs, arrivedAtMs }: Of<'done'>) => atMs - arrivedAtMs;
    return {
      successes: done.filter(({ outcome }) => outcome === Outcome.ok).map(age),
      all: [...done.map(age), ...this.unfinished.map((arrivedAtMs) => this.endMs - arrivedAtMs)],
    };
  }

  requests() {
    const arrivals = this.all('arrive').filter(({ atMs }) => this.isMeasured(atMs));
    const indexes = new Set(arrivals.map(({ request }) => request));
    const done = this.all('done').filter(({ request }) => indexes.has(request));
    const sends = this.all('send').filter(({ request }) => indexes.has(request));
    const having = (outcome: Outcome) => done.filter((event) => event.outcome === outcome).length;
    return {
      offered: arrivals.length,
      succeeded: having(Outcome.ok),
      failed: done.length - having(Outcome.ok),
      inFlightAtEnd: arrivals.length - done.length,
      timedOut: having(Outcome.timedOut),
      reset: having(Outcome.reset),
      refused: having(Outcome.refused),
      error: having(Outcome.error),
      rejected: having(Outcome.rejected),
      noHost: having(Outcome.noHost),
      attempts: sends.length,
      retries: sends.filter(({ attempt }) => attempt > 0).length,
    };
  }

  // Fairness: a send is due to each eligible instance by its share of the eligible weight.

  fairness() {
    const sends = this.positions('send').filter((p) => p > this.start && p < this.stop);
    const { attempts, expected } = this.dues(sends);
    const ratios = this.ratios(attempts, expected);
    const callerJains = this.callerIndexes.flatMap((caller) => {
      const own = this.dues(sends.filter((p) => this.at<'send'>(p).caller === caller));
      return this.jain(this.ratios(own.attempts, own.expected)) ?? [];
    });
    const truth = this.instanceIndexes.map(() => 0);
    for (const p of sends) this.addDues(truth, (i) => this.isUp(p, i));
    return {
      jain: this.jain(ratios),
      minOverMean: this.minOverMean(ratios),
      excluded: this.instanceIndexes.length - ratios.length,
      worstCallerJain: callerJains.length === 0 ? null : Math.min(...callerJains),
      truthJain: this.jain(this.ratios(attempts, truth)),
      expectedShare: expected.map((due) => (sends.length === 0 ? null : due / sends.length)),
      requests: attempts,
      failures: this.instanceIndexes.map(
        (i) =>
          this.all('attemptEnd').filter(
            (end) => end.instance === i && end.outcome !== Outcome.ok && this.isMeasured(end.sentAtMs),
          ).length,
      ),
    };
  }

  windows() {
    const { warmupMs, durationMs, ratePerMs, instances } = this.setup;
    const length = Math.max(1000, (50 * instances.filter(({ weight }) => weight > 0).length) / ratePerMs);
    const jains: number[] = [];
    const dispersions: number[] = [];
    let dropped = 0;
    for (let from = warmupMs; from < durationMs; from += length) {
      const inside = (p: number) =>
        p > this.start && p < this.stop && this.events[p].atMs >= from && this.events[p].atMs < from + length;
      const sends = this.positions('send').filter(inside);
      const changes = this.positions('pickable').filter(
        (p) => inside(p) && (this.events[p].atMs > from || sends.some((s) => s < p)),
      );
      const { attempts, expected } = this.dues(sends);
      const ratios = this.ratios(attempts, expected);
      if (from + length > durationMs || changes.length > 0 || ratios.length < 2) {
        dropped++;
        continue;
      }
      const mean = ratios.reduce((a, b) => a + b, 0) / ratios.length;
      const variance = ratios.reduce((sum, r) => sum + (r - mean) ** 2, 0) / ratios.length;
      dispersions.push((sends.length * variance) / mean ** 2 / (ratios.length - 1));
      jains.push(this.jain(ratios) as number);
    }
    const meanOf = (list: number[]) => (list.length === 0 ? null : list.reduce((a, b) => a + b, 0) / list.length);
    return { used: jains.length, dropped, jainMean: meanOf(jains), dispersion: meanOf(dispersions) };
  }

  // Failover.

  failovers() {
    return this.positions('truth')
      .filter((p) => !this.at<'truth'>(p).on && p > this.start && p < this.stop)
      .map((p) => this.episode(p));
  }

  private episode(p0: number) {
    const { instance, atMs: t0, entry } = this.at<'truth'>(p0);
    const ups = this.positions('truth').filter(
      (p) => p > p0 && p < this.stop && this.at<'truth'>(p).instance === instance,
    );
    const p1 = ups[0] ?? this.stop;
    const repaired = ups.length > 0;
    const next = ups[1] ?? this.stop;
    const t1 = this.events[p1].atMs;
    const result = {
      instance: this.setup.instances[instance].id,
      fault: `${this.setup.faultKinds[entry]}#${entry}`,
      startMs: t0,
      endMs: repaired ? t1 : null,
      atRisk: 0,
      alreadyOut: 0,
      notInView: 0,
      detect: this.nobody(),
      detectBy: byCause((): number[] => []),
      drain: this.nobody(),
      reinstate: this.nobody(),
      undetected: 0,
      censored: 0,
      late: 0,
      unexposed: 0,
      leaks: { halfOpen: 0, unejected: 0, panic: 0, staleView: 0 },
      removedBy: byCause(() => 0),
      ...this.failuresIn(instance, p0, p1),
    };
    for (const caller of this.callerIndexes) {
      if (!this.last('view', p0, caller, instance)) result.notInView++;
      else if (!this.last('belief', p0, caller, instance)) result.alreadyOut++;
      else {
        result.atRisk++;
        this.pair(result, caller, instance, [p0, p1, next], repaired);
      }
    }
    return result;
  }

  private pair(
    result: ReturnType<Twin['episode']>,
    caller: number,
    instance: number,
    [p0, p1, next]: readonly [number, number, number],
    repaired: boolean,
  ): void {
    const t0 = this.events[p0].atMs;
    const t1 = this.events[p1].atMs;
    const own = (kind: 'belief' | 'pickable' | 'probing' | 'send', from: number, to: number) =>
      this.positions(kind).filter((p) => {
        const event = this.at<'belief' | 'pickable' | 'send'>(p);
        return p > from && p < to && event.caller === caller && event.instance === instance;
      });
    const bad = own('belief', p0, p1).filter((p) => !this.at<'belief'>(p).on);
    if (bad.length > 0) {
      result.detect.events.push(this.events[bad[0]].atMs - t0);
      result.removedBy[this.at<'belief'>(bad[0]).cause]++;
      result.detectBy[this.at<'belief'>(bad[0]).cause].push(this.events[bad[0]].atMs - t0);
    } else {
      result.detect.censored.push(t1 - t0);
      if (repaired) result.undetected++;
      else result.censored++;
    }

    const leaves = own('pickable', p0, p1).find((p) => !this.at<'pickable'>(p).on);
    const sends = own('send', p0, p1);
    const before = sends.filter((p) => leaves === undefined || p < leaves);
    // Nobody ever sends to an instance of weight 0, so nobody stops, or begins again.
    const isWeighted = this.setup.instances[instance].weight > 0;
    if (isWeighted && before.length === 0) result.unexposed++;
    else if (isWeighted && leaves === undefined) result.drain.censored.push(t1 - t0);
    else if (isWeighted) result.drain.events.push(this.events[before.at(-1) as number].atMs - t0);

    for (const p of sends.filter((send) => leaves !== undefined && send > leaves)) {
      const removals = bad.filter((b) => b < p);
      const panicking = this.positions('panic').filter((q) => q < p && this.at<'panic'>(q).caller === caller);
      const inPanic = panicking.length > 0 && this.at<'panic'>(panicking.at(-1) as number).on;
      const beyond = this.setup.goesBeyond === true && !this.last('pickable', p, caller, instance);
      if (inPanic || beyond) result.leaks.panic++;
      else if (this.last('probing', p, caller, instance)) result.leaks.halfOpen++;
      else if (removals.length > 0 && /ejection|accrual/.test(this.at<'belief'>(removals.at(-1) as number).cause))
        result.leaks.unejected++;
      else result.leaks.staleView++;
    }

    if (!repaired) return;
    const isBack = (p: number) =>
      this.last('pickable', p, caller, instance) && !this.last('probing', p, caller, instance);
    if (isWeighted && !isBack(p1)) {
      const turns = [...own('pickable', p1, next), ...own('probing', p1, next)];
      const back = turns.sort((a, b) => a - b).find((p) => isBack(p + 1));
      if (back === undefined) result.reinstate.censored.push(this.events[next].atMs - t1);
      else result.reinstate.events.push(this.events[back].atMs - t1);
    }
    if (this.last('belief', p1, caller, instance)) {
      const removal = own('belief', p1, next)[0];
      if (removal !== undefined && this.at<'belief'>(removal).evidenceAtMs < t1) result.late++;
    }
  }

  /**
   * Failures of attempts whose [sent, ended] meets [t0, t1), and of requests whose last attempt is one of those. One that
   * was sent and had failed at t1 itself, before the call that ended it, met it too.
   */
  private failuresIn(instance: number, p0: number, p1: number) {
    const t1 = this.events[p1].atMs;
    return {
      failedAttempts: this.positions('attemptEnd').filter((p) => {
        const end = this.at<'attemptEnd'>(p);
        return p > p0 && end.instance === instance && end.outcome !== Outcome.ok && (p < p1 || end.sentAtMs < t1);
      }).length,
      clientFailures: this.positions('done').filter((p) => {
        const done = this.at<'done'>(p);
        return (
          p > p0 && done.lastInstance === instance && done.outcome !== Outcome.ok && (p < p1 || done.lastSentAtMs < t1)
        );
      }).length,
    };
  }

  // Impact.

  impact() {
    const { durationMs } = this.setup;
    const inRun = (p: number) => p < this.stop;
    const starts = this.positions('faultStart').filter(inRun);
    const firsts = starts.filter(
      (p) => !starts.some((q) => q < p && this.at<'faultStart'>(q).event === this.at<'faultStart'>(p).event),
    );
    return firsts
      .filter((p) => p > this.start)
      .map((p) => {
        const { event, entry, atMs: t0 } = this.at<'faultStart'>(p);
        const targets = starts
          .filter((q) => this.at<'faultStart'>(q).event === event)
          .map((q) => {
            const { instance } = this.at<'faultStart'>(q);
            const end = this.positions('faultEnd').find(
              (r) =>
                r > q &&
                inRun(r) &&
                this.at<'faultEnd'>(r).event === event &&
                this.at<'faultEnd'>(r).instance === instance,
            );
            return {
              from: q,
              instance,
              to: end ?? this.stop,
            };
          });
        const failures = targets.map(({ from, instance, to }) => this.failuresIn(instance, from, to));
        const t1 = Math.max(...targets.map(({ to }) => this.events[to].atMs));
        const nextMs = Math.min(...firsts.map((q) => this.events[q].atMs).filter((atMs) => atMs > t0), durationMs);
        return {
          fault: `${this.setup.faultKinds[entry]}#${entry}`,
          startMs: t0,
          failedAttempts: failures.reduce((sum, { failedAttempts }) => sum + failedAttempts, 0),
          clientFailures: failures.reduce((sum, { clientFailures }) => sum + clientFailures, 0),
          ...this.outage(p, Math.min(t1 + 60_000, nextMs), firsts),
        };
      });
  }

  /**
   * A request belongs to the last events that had begun both by its arrival and when it was answered. No history is long
   * enough for the minute after a fault to end.
   */
  private outage(p0: number, endMs: number, begins: readonly number[]) {
    const t0 = this.events[p0].atMs;
    const answers = [
      ...this.positions('done').map((p) => {
        const { arrivedAtMs, outcome } = this.at<'done'>(p);
        return { p, arrivedAtMs, failed: outcome !== Outcome.ok };
      }),
      ...this.unfinished.map((arrivedAtMs) => ({ p: this.events.length, arrivedAtMs, failed: true })),
    ].filter(({ p, arrivedAtMs }) => {
      const begun = begins.filter((q) => q < p).map((q) => this.events[q].atMs);
      return p > p0 && this.isMeasured(arrivedAtMs) && Math.max(...begun.filter((atMs) => atMs <= arrivedAtMs)) === t0;
    });
    const rates: (number | null)[] = [];
    for (let from = t0; from < endMs - 1e-6; from += 1000) {
      const own = answers.filter(({ arrivedAtMs }) => arrivedAtMs >= from && arrivedAtMs < from + 1000);
      rates.push(own.length === 0 ? null : own.filter(({ failed }) => failed).length / own.length);
    }
    const failing = rates.map((rate) => rate !== null && 1 - rate < 0.999);
    const known = rates.filter((rate) => rate !== null);
    return {
      peakErrorRate: known.length === 0 ? null : Math.max(...known),
      outageSeconds: failing.filter(Boolean).length,
      recoverMs: failing.at(-1) ? null : (failing.lastIndexOf(true) + 1) * 1000,
    };
  }

  // Detector.

  /** Walks each pair's time from event to event. */
  detector() {
    const total = { goodTimeMs: 0, mistakeMs: 0, countedMs: 0, falsePositives: 0, slow: 0, errors: 0 };
    for (const caller of this.callerIndexes) {
      for (const instance of this.instanceIndexes) this.watch(total, caller, instance, null);
    }
    return total;
  }

  /** Each source that has said something, by itself. */
  sources() {
    const said = this.all('verdict').filter((event) => this.events.indexOf(event) < this.stop);
    return beliefCauses
      .filter((cause) => said.some(({ source }) => source === cause))
      .map((source) => {
        const total = { goodTimeMs: 0, mistakeMs: 0, countedMs: 0, falsePositives: 0, slow: 0, errors: 0 };
        const found = { atRisk: 0, detect: this.nobody(), undetected: 0, censored: 0 };
        for (const caller of this.callerIndexes) {
          for (const instance of this.instanceIndexes) this.watch(total, caller, instance, source);
        }
        const downs = this.positions('truth').filter((p) => !this.at<'truth'>(p).on && p > this.start && p < this.stop);
        for (const p of downs) for (const caller of this.callerIndexes) this.detection(found, source, caller, p);
        return { source, ...total, ...found };
      });
  }

  /** What becomes of one source's good verdict on an instance that goes down at `p0`. */
  private detection(
    found: { atRisk: number; detect: { events: number[]; censored: number[] }; undetected: number; censored: number },
    source: BeliefCause,
    caller: number,
    p0: number,
  ): void {
    const { instance, atMs: t0 } = this.at<'truth'>(p0);
    const turns = this.positions('verdict', 'view').filter((p) => {
      const event = this.at<'verdict' | 'view'>(p);
      if (event.caller !== caller || event.instance !== instance) return false;
      return event.kind === 'verdict' ? event.source === source : source !== 'registry' && !event.on;
    });
    const before = turns.filter((p) => p < p0).at(-1);
    if (before === undefined || !this.at<'verdict' | 'view'>(before).on) return;
    found.atRisk++;
    const up = this.positions('truth').find(
      (p) => p > p0 && p < this.stop && this.at<'truth'>(p).instance === instance,
    );
    const p1 = up ?? this.stop;
    const turn = turns.find((p) => p > p0 && p < p1);
    const lengthMs = this.events[turn ?? p1].atMs - t0;
    if (turn !== undefined && this.events[turn].kind === 'verdict') found.detect.events.push(lengthMs);
    else {
      found.detect.censored.push(lengthMs);
      if (turn === undefined && up !== undefined) found.undetected++;
      else found.censored++;
    }
  }

  /** `source` null: the belief of all together. */
  private watch(
    total: ReturnType<Twin['detector']>,
    caller: number,
    instance: number,
    source: BeliefCause | null,
  ): void {
    const world = { up: true, planned: false, impairedBy: null as string | null };
    let soundSince = 0;
    let good = false;
    let reinstated = false;
    let mistaken = false;
    let counted = false;
    for (let p = 0; p < this.stop; p++) {
      const event = this.events[p];
      const wasSound = world.up && !world.planned && world.impairedBy === null;
      if ('instance' in event && event.instance === instance) {
        if (event.kind === 'truth') world.up = event.on;
        if (event.kind === 'planned') world.planned = event.on;
        if (event.kind === 'impaired') world.impairedBy = event.on ? this.setup.faultKinds[event.entry] : null;
      }
      const isSound = world.up && !world.planned && world.impairedBy === null;
      if (isSound !== wasSound) {
        soundSince = event.atMs;
        reinstated = isSound && good;
        mistaken = false;
      }
      const isTheirs =
        'caller' in event && event.caller === caller && 'instance' in event && event.instance === instance;
      if (event.kind === 'view' && isTheirs && !event.on && source !== null && source !== 'registry') {
        good = false;
        reinstated = false;
        mistaken = false;
      }
      const turns = source === null ? event.kind === 'belief' : event.kind === 'verdict' && event.source === source;
      if ((event.kind === 'belief' || event.kind === 'verdict') && isTheirs && turns) {
        good = event.on;
        if (isSound && good) {
          reinstated = true;
          mistaken = false;
        } else if (isSound && reinstated && event.evidenceAtMs < soundSince) reinstated = false;
        else if (isSound && reinstated) {
          mistaken = true;
          counted = p > this.start;
          if (counted) total.falsePositives++;
        } else if (!good && world.up && !world.planned && world.impairedBy !== null && p > this.start) {
          total[world.impairedBy === 'errors' ? 'errors' : 'slow']++;
        }
      }
      if (p < this.start) continue;
      const span = this.events[p + 1].atMs - event.atMs;
      if (isSound && reinstated) total.goodTimeMs += span;
      if (isSound && reinstated && mistaken) total.mistakeMs += span;
      if (isSound && reinstated && mistaken && counted) total.countedMs += span;
    }
  }

  // Availability.

  upShare(): number[] {
    const seconds = Math.floor(this.setup.durationMs / 1000);
    return Array.from({ length: seconds }, (_, second) => {
      const from = second * 1000;
      const upMs = this.instanceIndexes.map((i) => this.upTime(i, from, from + 1000));
      return upMs.reduce((a, b) => a + b, 0) / (1000 * upMs.length);
    });
  }

  availability(): number[] {
    const { warmupMs, durationMs } = this.setup;
    return this.instanceIndexes.map((i) => this.upTime(i, warmupMs, durationMs) / (durationMs - warmupMs));
  }

  probes(): number[] {
    const own = this.positions('probe').filter((p) => p > this.start && p < this.stop);
    return this.instanceIndexes.map((i) => own.filter((p) => this.at<'probe'>(p).instance === i).length);
  }

  private upTime(instance: number, from: number, to: number): number {
    const turns = this.all('truth').filter((event) => event.instance === instance);
    const edges = [{ atMs: 0, on: true }, ...turns, { atMs: Number.POSITIVE_INFINITY, on: false }];
    let total = 0;
    for (let i = 0; i + 1 < edges.length; i++) {
      if (edges[i].on) total += Math.max(0, Math.min(to, edges[i + 1].atMs) - Math.max(from, edges[i].atMs));
    }
    return total;
  }

  // Tools.

  private isMeasured(atMs: number): boolean {
    return atMs >= this.setup.warmupMs && atMs < this.setup.durationMs;
  }

  private all<K extends Event['kind']>(kind: K): Of<K>[] {
    return this.events.filter((event): event is Of<K> => event.kind === kind);
  }

  private positions(...kinds: Event['kind'][]): number[] {
    return this.events.flatMap((event, p) => (kinds.includes(event.kind) ? [p] : []));
  }

  /** The event there, which is known to be of that kind. */
  private at<K extends Event['kind']>(position: number): Of<K> {
    return this.events[position] as Of<K>;
  }

  /** What that kind of event last said of the pair before a position; false where it said nothing. */
  private last(
    kind: 'view' | 'belief' | 'pickable' | 'probing',
    position: number,
    caller: number,
    instance: number,
  ): boolean {
    for (let p = position - 1; p >= 0; p--) {
      const event = this.events[p];
      if (event.kind === kind && event.caller === caller && event.instance === instance) return event.on;
    }
    return false;
  }

  private isUp(position: number, instance: number): boolean {
    for (let p = position - 1; p >= 0; p--) {
      const event = this.events[p];
      if (event.kind === 'truth' && event.instance === instance) return event.on;
    }
    return true;
  }

  private dues(sends: readonly number[]) {
    const attempts = this.instanceIndexes.map(() => 0);
    const expected = this.instanceIndexes.map(() => 0);
    for (const p of sends) {
      const { caller, instance } = this.at<'send'>(p);
      attempts[instance]++;
      this.addDues(expected, (i) => this.last('pickable', p, caller, i));
    }
    return { attempts, expected };
  }

  private addDues(expected: number[], isEligible: (instance: number) => boolean): void {
    const weights = this.setup.instances.map(({ weight }, i) => (isEligible(i) ? weight : 0));
    const total = weights.reduce((a, b) => a + b, 0);
    if (total === 0) return;
    weights.forEach((weight, i) => {
      expected[i] += weight / total;
    });
  }

  private ratios(attempts: readonly number[], expected: readonly number[]): number[] {
    return expected.flatMap((due, i) => (due > 0 ? attempts[i] / due : []));
  }

  private jain(values: readonly number[]): number | null {
    const squares = values.reduce((sum, value) => sum + value * value, 0);
    return squares > 0 ? values.reduce((a, b) => a + b, 0) ** 2 / (values.length * squares) : null;
  }

  private minOverMean(values: readonly number[]): number | null {
    const total = values.reduce((a, b) => a + b, 0);
    return total > 0 ? (Math.min(...values) * values.length) / total : null;
  }

  private nobody(): { events: number[]; censored: number[] } {
    return { events: [], censored: [] };
  }
}

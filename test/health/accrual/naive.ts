import type { OptionValues, WrittenOptions } from '../../../src/core/options.ts';
import { Outcome } from '../../../src/core/outcome.ts';
import type { Random } from '../../../src/core/random.ts';
import type { Standing } from './watched.ts';

/** One host judged the slow way: asked when it must be known, without timers, from all that has happened. */
export interface Naive {
  started(nowMs: number): void;
  ended(outcome: Outcome, nowMs: number): void;
  /** Time has come to here; called at every instant at which something may happen. */
  pass(nowMs: number): void;
  standing(nowMs: number): Standing;
}

type Options = OptionValues<Record<string, { type: 'number'; doc: string }>>;

/** The condition that nginx evaluates as it picks, in two functions. */
export function naiveNginx(written: WrittenOptions): Naive {
  const { maxFails, failTimeout } = written as Options;
  const second = (nowMs: number) => Math.floor(nowMs / 1000);
  const over = (nowMs: number) => second(nowMs) - checked > failTimeout / 1000;
  let fails = 0;
  let accessed = -1e9;
  let checked = -1e9;
  return {
    pass() {},
    started(nowMs) {
      if (over(nowMs)) checked = second(nowMs);
    },
    ended(outcome, nowMs) {
      const failed = [Outcome.refused, Outcome.reset, Outcome.timedOut].includes(outcome as 1);
      if (failed || (written.serverErrors && (outcome === Outcome.error || outcome === Outcome.rejected))) {
        fails++;
        accessed = checked = second(nowMs);
      } else if (accessed < checked) fails = 0;
    },
    standing(nowMs) {
      if (maxFails === 0 || fails < maxFails) return 'in';
      return over(nowMs) ? 'probing' : 'out';
    },
  };
}

/** All that is remembered is a list of results since the start or the last revival. */
export function naiveFinagle(written: WrittenOptions, random: Random): Naive {
  const { consecutiveFailures, successRate, window, minRequests, backoffStart, backoffMax } = written as Options;
  let since = 0;
  let results: { ok: boolean; atMs: number }[] = [];
  const backoffs = () => {
    let upcoming = backoffStart;
    let half = backoffStart;
    return () => {
      const taken = upcoming;
      const atMost = Math.min(half, backoffMax);
      if (taken < backoffMax) upcoming = Math.min(backoffMax, atMost + random.unit() * atMost);
      half *= 2;
      return taken;
    };
  };
  let byRate = backoffs();
  let byRun = backoffs();
  let state: 'alive' | 'dead' | 'probeOpen' | 'probeClosed' = 'alive';
  let until = 0;
  const average = () =>
    results.reduce((sum, { ok, atMs }, i) => {
      const kept = i === 0 ? 0 : Math.exp(-(atMs - results[i - 1].atMs) / window);
      return sum * kept + (ok ? 1 - kept : 0);
    }, 0);
  // WindowedAdder: a slice ends with the first request a fifth of a window or more after it began.
  const recent = () => {
    let slices = [0, 0, 0, 0, 0];
    let began = since;
    for (const { atMs } of results) {
      const steps = Math.floor((atMs - began) / (window / 5));
      if (steps > 0) began = atMs;
      for (let i = 0; i < Math.min(steps, 5); i++) slices = [0, ...slices.slice(0, 4)];
      slices[0]++;
    }
    return slices.reduce((a, b) => a + b);
  };
  const run = () => {
    const lastOk = results.findLastIndex(({ ok }) => ok);
    return results.length - 1 - lastOk;
  };
  return {
    pass(nowMs) {
      if (state === 'dead' && nowMs >= until) state = 'probeOpen';
    },
    started() {
      if (state === 'probeOpen') state = 'probeClosed';
    },
    ended(outcome, nowMs) {
      if (outcome === Outcome.noHost) {
        if (state === 'probeClosed') state = 'probeOpen';
        return;
      }
      if (outcome === Outcome.ok) {
        if (state === 'probeClosed') {
          state = 'alive';
          since = nowMs;
          results = [];
          byRate = backoffs();
          byRun = backoffs();
        }
        results.push({ ok: true, atMs: nowMs });
        return;
      }
      if (state === 'dead' || state === 'probeOpen') return;
      results.push({ ok: false, atMs: nowMs });
      const deadByRate = nowMs - since >= window && average() < successRate && recent() >= minRequests ? byRate() : 0;
      const deadByRun = consecutiveFailures > 0 && run() >= consecutiveFailures ? byRun() : 0;
      if (deadByRate + deadByRun > 0) {
        state = 'dead';
        until = nowMs + Math.max(deadByRate, deadByRun);
      } else if (state === 'probeClosed') state = 'probeOpen';
    },
    standing: () => (state === 'alive' ? 'in' : state === 'probeOpen' ? 'probing' : 'out'),
  };
}

/** The results since it last opened, of which those count whose tenth of a window is among the last ten. */
export function naiveLinkerd(written: WrittenOptions, random: Random): Naive {
  const { maxFailures, successRate, window, minRequests, minPenalty, maxPenalty, jitter } = written as Options;
  const unified = written.mode === 'unified';
  const limits = written.rejection === 'rate-limit';
  let since = 0;
  let results: { outcome: Outcome; atMs: number }[] = [];
  let state: 'open' | 'shut' | 'limited' | 'taken' = 'open';
  let trips = 0;
  let until = 0;
  const soft = (outcome: Outcome) => outcome === Outcome.ok || (limits && outcome === Outcome.rejected);
  const shut = (nowMs: number) => {
    const base = Math.min(minPenalty * 2 ** trips++, maxPenalty);
    until = nowMs + Math.min(base + (jitter > 0 ? random.unit() * jitter * base : 0), maxPenalty);
    state = 'shut';
  };
  return {
    pass(nowMs) {
      if (state === 'shut' && nowMs >= until) state = 'limited';
    },
    started() {
      if (state === 'limited') state = 'taken';
    },
    ended(outcome, nowMs) {
      if (outcome === Outcome.noHost || state === 'shut') return;
      if (state !== 'open') {
        if (!(unified ? outcome === Outcome.ok : soft(outcome))) return shut(nowMs);
        state = 'open';
        since = nowMs;
        results = [];
        return;
      }
      results.push({ outcome, atMs: nowMs });
      const slice = (atMs: number) => Math.floor((atMs - since) / (window / 10));
      const live = results.filter(({ atMs }) => slice(atMs) > slice(nowMs) - 10);
      const good = live.filter((result) => result.outcome === Outcome.ok).length;
      const run = results.length - 1 - results.findLastIndex((result) => soft(result.outcome));
      const tooLow = unified && live.length >= minRequests && good / live.length < successRate;
      if (!(tooLow || (maxFailures > 0 && run >= maxFailures))) return;
      trips = 0;
      shut(nowMs);
    },
    standing: () => (state === 'open' ? 'in' : state === 'limited' ? 'probing' : 'out'),
  };
}

export function naiveBreaker(written: WrittenOptions): Naive {
  const { consecutiveFailures, failureRate, window, minRequests, openTime, trials } = written as Options;
  let since = 0;
  let results: { ok: boolean; atMs: number }[] = [];
  /** Half-open: what became of each trial; null while it is under way. */
  let tried: (boolean | null)[] = [];
  let state: 'closed' | 'open' | 'halfOpen' = 'closed';
  let until = 0;
  const open = (nowMs: number) => {
    state = 'open';
    until = nowMs + openTime;
  };
  return {
    pass(nowMs) {
      if (state !== 'open' || nowMs < until) return;
      state = 'halfOpen';
      tried = [];
    },
    started() {
      if (state === 'halfOpen') tried.push(null);
    },
    ended(outcome, nowMs) {
      const ok = outcome === Outcome.ok;
      if (state === 'halfOpen') {
        const trial = tried.indexOf(null);
        if (trial < 0) return;
        if (outcome === Outcome.noHost) tried.splice(trial, 1);
        else if (!ok) open(nowMs);
        else tried[trial] = true;
        if (state !== 'halfOpen' || tried.filter((each) => each).length < trials) return;
        state = 'closed';
        since = nowMs;
        results = [];
      } else if (state === 'closed' && outcome !== Outcome.noHost) {
        results.push({ ok, atMs: nowMs });
        const slice = (atMs: number) => Math.floor((atMs - since) / (window / 10));
        const live = results.filter(({ atMs }) => slice(atMs) > slice(nowMs) - 10);
        const bad = live.filter((result) => !result.ok).length;
        const run = results.length - 1 - results.findLastIndex((result) => result.ok);
        const byRate = failureRate > 0 && live.length >= minRequests && bad / live.length >= failureRate;
        if (!ok && (byRate || (consecutiveFailures > 0 && run >= consecutiveFailures))) open(nowMs);
      }
    },
    standing() {
      if (state === 'closed') return 'in';
      return state === 'halfOpen' && tried.length < trials ? 'probing' : 'out';
    },
  };
}

import { type BeliefCause, beliefCauses, isTabled, type ToldByCause } from '../core/belief_cause.ts';
import { type Censored, Episode } from './episode.ts';
import { FailureWindows } from './failure_windows.ts';
import { durationStats } from './kaplan_meier.ts';
import type { CellMeasures, DurationStats, FailoverResult } from './measures.ts';
import { type PairTable, PICKABLE, PROBING } from './pairs.ts';
import { type CellSample, failoverSample } from './sample.ts';

/** Follows every episode that starts in [warmup, duration). Calls after `stop` are not made, those about failures excepted. */
export class FailoverTracker {
  /** 1 while an episode is open on the instance: all that a send to a healthy one looks at. */
  readonly isDown: Uint8Array;
  /** In order of start. */
  private readonly episodes: Episode[] = [];
  /** By instance: the open episode, or the last one. */
  private readonly latest: (Episode | undefined)[];
  private readonly failures: FailureWindows;
  private readonly pairs: PairTable;
  private readonly weights: Float64Array;

  constructor(pairs: PairTable, weights: Float64Array) {
    this.pairs = pairs;
    this.weights = weights;
    this.isDown = new Uint8Array(pairs.instances);
    this.latest = new Array(pairs.instances).fill(undefined);
    this.failures = new FailureWindows(pairs.instances);
  }

  /** Only for instances that are down. */
  sent(atMs: number, caller: number, instance: number, inPanic: boolean): void {
    this.latest[instance]?.sent(atMs, caller, inPanic);
  }

  attemptFailed(instance: number, sentAtMs: number): void {
    this.failures.attemptFailed(instance, sentAtMs);
  }

  requestFailed(instance: number, lastSentAtMs: number): void {
    this.failures.requestFailed(instance, lastSentAtMs);
  }

  removed(atMs: number, caller: number, instance: number, cause: BeliefCause, evidenceAtMs: number): void {
    const episode = this.latest[instance];
    if (episode === undefined) return;
    if (this.isDown[instance] === 1) episode.removed(atMs, caller, cause);
    else episode.removedAfter(caller, evidenceAtMs);
  }

  pickable(atMs: number, caller: number, instance: number, pickable: boolean): void {
    const episode = this.latest[instance];
    if (episode === undefined) return;
    if (this.isDown[instance] === 1) {
      if (!pickable) episode.left(caller);
    } else if (pickable) this.found(atMs, caller, instance);
  }

  /** The pair's flag has just changed. */
  probing(atMs: number, caller: number, instance: number, probing: boolean): void {
    if (!probing && this.isDown[instance] === 0) this.found(atMs, caller, instance);
  }

  /** `measured`: whether an episode that starts now counts. */
  truth(atMs: number, instance: number, up: boolean, entry: number, measured: boolean): void {
    if (up) {
      if (this.isDown[instance] === 0) return;
      this.isDown[instance] = 0;
      this.latest[instance]?.ended(atMs);
      this.failures.close(instance, 0, atMs);
    } else if (measured) {
      this.latest[instance]?.settle(atMs);
      const episode = new Episode(this.pairs, instance, this.weights[instance] > 0, entry, atMs);
      this.isDown[instance] = 1;
      this.latest[instance] = episode;
      this.episodes.push(episode);
      this.failures.open(instance, 0, episode);
    }
  }

  stop(atMs: number): void {
    for (const episode of this.latest) episode?.settle(atMs);
    this.failures.closeAll(atMs);
    this.isDown.fill(0);
    this.latest.fill(undefined);
  }

  /** `idOf` names an instance, `faultOf` an entry of the scenario's faults. */
  report(idOf: (instance: number) => string, faultOf: (entry: number) => string): FailoverResult[] {
    return this.episodes.map((episode) => ({
      instance: idOf(episode.instance),
      fault: faultOf(episode.entry),
      startMs: episode.startMs,
      endMs: episode.endMs,
      atRisk: episode.atRisk,
      alreadyOut: episode.alreadyOut,
      notInView: episode.notInView,
      detectMs: durationStats(episode.detect.events, episode.detect.censored),
      drainMs: durationStats(episode.drain.events, episode.drain.censored),
      reinstateMs: durationStats(episode.reinstate.events, episode.reinstate.censored),
      undetected: episode.undetected,
      censored: episode.cutShort,
      late: episode.late,
      unexposed: episode.unexposed,
      leaks: { ...episode.leaks },
      removedBy: toldByCause(
        (cause) => episode.removedBy[cause],
        (cause) => episode.removedBy[cause] > 0,
      ),
      failedAttempts: episode.failedAttempts,
      clientFailures: episode.clientFailures,
      detectByMs: detectByMs((cause) => episode.detectBy[cause]),
    }));
  }

  /** The instance is up, and a caller may pick it as any other, or for single requests. */
  private found(atMs: number, caller: number, instance: number): void {
    const flags = this.pairs.flags[caller * this.pairs.instances + instance];
    if ((flags & (PICKABLE | PROBING)) === PICKABLE) this.latest[instance]?.reinstated(atMs, caller);
  }

  sample(): CellSample['failover'] {
    return failoverSample(this.episodes);
  }

  /** Over all pairs of all episodes. */
  pooled(falsePositives: number): CellMeasures['failover'] {
    const total = (count: (episode: Episode) => number) =>
      this.episodes.reduce((sum, episode) => sum + count(episode), 0);
    const stats = (times: (episode: Episode) => Censored) =>
      durationStats(
        this.episodes.flatMap((episode) => times(episode).events),
        this.episodes.flatMap((episode) => times(episode).censored),
      );
    return {
      atRisk: total((episode) => episode.atRisk),
      detectMs: stats((episode) => episode.detect),
      drainMs: stats((episode) => episode.drain),
      reinstateMs: stats((episode) => episode.reinstate),
      undetected: total((episode) => episode.undetected),
      censored: total((episode) => episode.cutShort),
      late: total((episode) => episode.late),
      unexposed: total((episode) => episode.unexposed),
      leaks: {
        halfOpen: total((episode) => episode.leaks.halfOpen),
        unejected: total((episode) => episode.leaks.unejected),
        panic: total((episode) => episode.leaks.panic),
        staleView: total((episode) => episode.leaks.staleView),
      },
      falsePositives,
      detectByMs: detectByMs((cause) => this.episodes.flatMap((episode) => episode.detectBy[cause])),
    };
  }
}

function detectByMs(events: (cause: BeliefCause) => readonly number[]): ToldByCause<DurationStats> {
  return toldByCause(
    (cause) => durationStats(events(cause), []),
    (cause) => events(cause).length > 0,
  );
}

/** A value for each cause that every result has figures of, and for those others of which there is something to tell. */
function toldByCause<T>(of: (cause: BeliefCause) => T, isTold: (cause: BeliefCause) => boolean): ToldByCause<T> {
  const told = beliefCauses.filter((cause) => isTabled(cause) || isTold(cause));
  return Object.fromEntries(told.map((cause) => [cause, of(cause)])) as ToldByCause<T>;
}

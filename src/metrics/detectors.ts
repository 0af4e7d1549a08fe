import { type BeliefCause, beliefCauses } from '../core/belief_cause.ts';
import { DetectorQuality } from './detector.ts';
import type { CellMeasures, DetectorResult } from './measures.ts';
import { Soundness } from './soundness.ts';
import { SourceDetector } from './source_detector.ts';

/** The belief of all callers, and each source of it by itself, held against the same truth. Nothing is called after `stop`. */
export class Detectors {
  private readonly callers: number;
  private readonly instances: number;
  private readonly soundness: Soundness;
  private readonly all: DetectorQuality;
  /** Those that have said something: a byte for each pair is kept of them alone. */
  private readonly sources = new Map<BeliefCause, SourceDetector>();
  private measuring = false;

  constructor(callers: number, instances: number) {
    this.callers = callers;
    this.instances = instances;
    this.soundness = new Soundness(instances);
    this.all = new DetectorQuality(callers, instances, this.soundness);
  }

  start(atMs: number): void {
    this.measuring = true;
    this.all.start(atMs);
    for (const source of this.sources.values()) source.quality.start(atMs);
  }

  stop(atMs: number): void {
    this.all.stop(atMs);
    for (const source of this.sources.values()) source.stop(atMs);
  }

  belief(atMs: number, instance: number, pair: number, good: boolean, evidenceAtMs: number): void {
    this.all.belief(atMs, instance, pair, good, evidenceAtMs);
  }

  verdict(
    atMs: number,
    caller: number,
    instance: number,
    source: BeliefCause,
    good: boolean,
    evidenceAtMs: number,
  ): void {
    this.source(atMs, source).verdict(atMs, caller, instance, good, evidenceAtMs);
  }

  /** The instance leaves the caller's view: the registry's verdict follows, all others have none any more. */
  left(atMs: number, caller: number, instance: number): void {
    for (const [cause, source] of this.sources) if (cause !== 'registry') source.left(atMs, caller, instance);
  }

  truth(atMs: number, instance: number, up: boolean): void {
    this.turned(atMs, instance, this.soundness.truth(atMs, instance, up));
    for (const source of this.sources.values()) {
      if (up) source.repaired(atMs, instance);
      else if (this.measuring) source.down(atMs, instance);
    }
  }

  plan(atMs: number, instance: number, planned: boolean): void {
    this.turned(atMs, instance, this.soundness.plan(atMs, instance, planned));
  }

  /** `kind`: of the fault that impairs it; null when it is itself again. */
  impair(atMs: number, instance: number, kind: string | null): void {
    this.turned(atMs, instance, this.soundness.impair(atMs, instance, kind));
  }

  report(): CellMeasures['detector'] {
    return this.all.report();
  }

  /** Each source in the order of `beliefCauses`, then all together, whose detection the failover figures have. */
  rows({ atRisk, detectMs, undetected, censored }: CellMeasures['failover']): DetectorResult[] {
    const { impairedRemovals: _, ...quality } = this.all.report();
    return [
      ...beliefCauses.flatMap((cause) => this.sources.get(cause)?.report(cause) ?? []),
      { detector: 'all', atRisk, detectMs, undetected, censored, ...quality },
    ];
  }

  private turned(atMs: number, instance: number, hasTurned: boolean): void {
    if (!hasTurned) return;
    this.all.turned(atMs, instance);
    for (const { quality } of this.sources.values()) quality.turned(atMs, instance);
  }

  private source(atMs: number, cause: BeliefCause): SourceDetector {
    const known = this.sources.get(cause);
    if (known !== undefined) return known;
    const source = new SourceDetector(this.callers, this.instances, this.soundness);
    if (this.measuring) source.quality.start(atMs);
    this.sources.set(cause, source);
    return source;
  }
}

import type { BeliefCause } from '../core/belief_cause.ts';
import { DetectorQuality } from './detector.ts';
import { durationStats } from './kaplan_meier.ts';
import type { DetectorResult } from './measures.ts';
import type { Soundness } from './soundness.ts';

/** An outage as one source sees it: 1 for each caller whose verdict is still good. */
interface Outage {
  readonly startMs: number;
  readonly waiting: Uint8Array;
}

/**
 * One source of verdicts, as if it alone were believed: how soon it finds an instance down, and how often it is wrong
 * about one that is well. A pair whose instance leaves the view is lost from its sight.
 */
export class SourceDetector {
  readonly quality: DetectorQuality;
  private readonly callers: number;
  private readonly instances: number;
  /** By instance; null where it is up, or went down before measuring. */
  private readonly outages: (Outage | null)[];
  private readonly events: number[] = [];
  private readonly censored: number[] = [];
  private atRisk = 0;
  private undetected = 0;

  constructor(callers: number, instances: number, soundness: Soundness) {
    this.callers = callers;
    this.instances = instances;
    this.quality = new DetectorQuality(callers, instances, soundness);
    this.outages = new Array(instances).fill(null);
  }

  verdict(atMs: number, caller: number, instance: number, good: boolean, evidenceAtMs: number): void {
    this.quality.belief(atMs, instance, caller * this.instances + instance, good, evidenceAtMs);
    if (!good) this.endWait(atMs, caller, instance, this.events);
  }

  /** The instance leaves the caller's view. */
  left(atMs: number, caller: number, instance: number): void {
    this.quality.withdraw(atMs, caller * this.instances + instance);
    this.endWait(atMs, caller, instance, this.censored);
  }

  /** The instance goes down while measuring. */
  down(atMs: number, instance: number): void {
    const waiting = new Uint8Array(this.callers);
    for (let caller = 0; caller < this.callers; caller++) {
      if (!this.quality.believes(caller * this.instances + instance)) continue;
      waiting[caller] = 1;
      this.atRisk++;
    }
    this.outages[instance] = { startMs: atMs, waiting };
  }

  /** It is up again. */
  repaired(atMs: number, instance: number): void {
    this.undetected += this.close(atMs, instance);
  }

  stop(atMs: number): void {
    this.quality.stop(atMs);
    for (let instance = 0; instance < this.instances; instance++) this.close(atMs, instance);
  }

  report(detector: BeliefCause): DetectorResult {
    const { impairedRemovals: _, ...quality } = this.quality.report();
    return {
      detector,
      atRisk: this.atRisk,
      detectMs: durationStats(this.events, this.censored),
      undetected: this.undetected,
      censored: this.censored.length - this.undetected,
      ...quality,
    };
  }

  private endWait(atMs: number, caller: number, instance: number, into: number[]): void {
    const outage = this.outages[instance];
    if (outage === null || outage.waiting[caller] === 0) return;
    outage.waiting[caller] = 0;
    into.push(atMs - outage.startMs);
  }

  /** How many never noticed. */
  private close(atMs: number, instance: number): number {
    const outage = this.outages[instance];
    if (outage === null) return 0;
    this.outages[instance] = null;
    const left = outage.waiting.reduce((sum, one) => sum + one, 0);
    for (let i = 0; i < left; i++) this.censored.push(atMs - outage.startMs);
    return left;
  }
}

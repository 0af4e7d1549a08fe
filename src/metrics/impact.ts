import { type FailureTally, FailureWindows } from './failure_windows.ts';
import type { ImpactResult } from './measures.ts';
import { OutageGrid } from './outage_grid.ts';

interface FaultEvent extends FailureTally {
  readonly entry: number;
  /** Targets it acts on now. */
  acting: number;
  readonly grid: OutageGrid;
}

/** Events that start at one moment share the requests that arrive until the next group starts. */
interface Group {
  readonly startMs: number;
  readonly events: FaultEvent[];
}

/** What each fault event that starts in [warmup, duration) does to callers: DESIGN.md, section 5. */
export class Impact {
  /** By rising start. */
  private readonly groups: Group[] = [];
  /** By event number; null for one that began during warm-up. */
  private readonly events = new Map<number, FaultEvent | null>();
  private readonly failures: FailureWindows;

  constructor(instances: number) {
    this.failures = new FailureWindows(instances);
  }

  /** `measured`: whether an event that begins now counts. */
  faultStart(atMs: number, entry: number, event: number, instance: number, measured: boolean): void {
    let found = this.events.get(event);
    if (found === undefined) {
      found = measured ? this.begin(atMs, entry) : null;
      this.events.set(event, found);
    }
    if (found === null) return;
    found.acting++;
    found.grid.starts();
    // A fault of no instance answers for no attempt: only what callers see while it lasts is its own.
    if (instance >= 0) this.failures.open(instance, entry, found);
  }

  faultEnd(atMs: number, entry: number, event: number, instance: number): void {
    const found = this.events.get(event);
    if (found === undefined || found === null) return;
    if (instance >= 0) this.failures.close(instance, entry, atMs);
    found.acting--;
    if (found.acting === 0) found.grid.ends(atMs);
  }

  stop(atMs: number): void {
    this.failures.closeAll(atMs);
  }

  attemptFailed(instance: number, sentAtMs: number): void {
    this.failures.attemptFailed(instance, sentAtMs);
  }

  requestFailed(instance: number, lastSentAtMs: number): void {
    this.failures.requestFailed(instance, lastSentAtMs);
  }

  /** A request that arrived before the end of the run has its answer, or has none by then. */
  done(arrivedAtMs: number, failed: boolean): void {
    for (let g = this.groups.length - 1; g >= 0; g--) {
      const group = this.groups[g];
      if (group.startMs > arrivedAtMs) continue;
      for (let e = 0; e < group.events.length; e++) group.events[e].grid.add(arrivedAtMs, failed);
      return;
    }
  }

  report(durationMs: number, faultOf: (entry: number) => string): ImpactResult[] {
    return this.groups.flatMap(({ startMs, events }, g) =>
      events.map(({ entry, failedAttempts, clientFailures, grid }) => ({
        fault: faultOf(entry),
        startMs,
        failedAttempts,
        clientFailures,
        ...grid.report(this.groups[g + 1]?.startMs ?? durationMs),
      })),
    );
  }

  private begin(atMs: number, entry: number): FaultEvent {
    const event: FaultEvent = { entry, acting: 0, failedAttempts: 0, clientFailures: 0, grid: new OutageGrid(atMs) };
    const last = this.groups.at(-1);
    if (last?.startMs === atMs) last.events.push(event);
    else this.groups.push({ startMs: atMs, events: [event] });
    return event;
  }
}

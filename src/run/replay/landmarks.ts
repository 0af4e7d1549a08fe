import { Outcome, outcomeNames } from '../../core/outcome.ts';

/** A request that stands out. */
export interface Landmark {
  readonly what: 'firstFailed' | 'firstRescued' | 'mostAttempts' | 'slowest';
  readonly request: number;
  readonly arrivedAtMs: number;
  readonly outcome: (typeof outcomeNames)[number];
  readonly attempts: number;
  readonly tookMs: number;
}

/** Finds the requests somebody who has nothing but a replay would ask for, among those that are measured. */
export class Landmarks {
  private firstFailed: Landmark | null = null;
  private firstRescued: Landmark | null = null;
  private mostAttempts: Landmark | null = null;
  private slowest: Landmark | null = null;

  done(request: number, arrivedAtMs: number, outcome: Outcome, attempts: number, tookMs: number): void {
    const mark = (what: Landmark['what']): Landmark => ({
      ...{ what, request, arrivedAtMs, attempts, tookMs },
      outcome: outcomeNames[outcome],
    });
    if (outcome !== Outcome.ok) this.firstFailed ??= mark('firstFailed');
    else if (attempts > 1) this.firstRescued ??= mark('firstRescued');
    if (attempts > 1 && attempts > (this.mostAttempts?.attempts ?? 0)) this.mostAttempts = mark('mostAttempts');
    if (outcome === Outcome.ok && tookMs > (this.slowest?.tookMs ?? 0)) this.slowest = mark('slowest');
  }

  /** Each request once. */
  list(): Landmark[] {
    const all = [this.firstFailed, this.firstRescued, this.mostAttempts, this.slowest].filter((one) => one !== null);
    return all.filter(({ request }, i) => all.findIndex((other) => other.request === request) === i);
  }
}

import type { Distribution } from '../config.ts';
import type { Curve } from './curve.ts';

/**
 * When a fault strikes, and how long it holds. Drawn ones (lifetime, hazard, probability) are one process for each
 * target, or with `together` one for all of them. A process looks at its own fault only: it goes on while another fault
 * holds its target down, so faults are independent and overlap by union.
 */
export type FaultWhen =
  /** `forMs` Infinity: to the end. A restart has its own length, so its `forMs` is Infinity. */
  | { readonly kind: 'at'; readonly atMs: number; readonly forMs: number }
  /** Flapping: as `at`, again every `everyMs` (above `forMs`), `times` times in all; Infinity: to the end. */
  | {
      readonly kind: 'repeated';
      readonly atMs: number;
      readonly forMs: number;
      readonly everyMs: number;
      readonly times: number;
    }
  /** Alternates between lives and repairs; age is renewed by a repair. */
  | (Drawn & {
      readonly kind: 'lifetime';
      readonly lifetime: Distribution;
      /** up (where absent): all new at 0. stationary: as found after a very long time; needs a `repair` that is a law. */
      readonly start?: 'up' | 'stationary';
    })
  /** Fails with a hazard (per ms) that depends on the time of the run, not on age. */
  | (Drawn & { readonly kind: 'hazard'; readonly perMs: Curve })
  /** In each tick of `everyMs`, from 0 on, fails with the probability that the curve has at the tick's start, if up then. */
  | (Drawn & { readonly kind: 'probability'; readonly everyMs: number; readonly share: Curve })
  /** Dies whenever more requests than this wait in its queue. For a crash. */
  | { readonly kind: 'overload'; readonly queueAbove: number; readonly repair: Repair | null }
  /** As recorded. Outages of one instance are apart from each other. Those of instances that are no targets do not count. */
  | { readonly kind: 'trace'; readonly outages: readonly RecordedOutage[] };

interface Drawn {
  /** null: never back. */
  readonly repair: Repair | null;
  /** Common cause: all targets fail and come back together, as one event. Absent: each by itself. */
  readonly together?: boolean;
}

/** How long it takes to come back: a law, or one that depends on how often it has failed lately. */
export type Repair = Distribution | BackOff;

/**
 * Restarts by a supervisor that loses patience: at once after the first failure, after `initialMs` the second time, then
 * `factor` times longer each time up to `maxMs`; all is forgotten once it has been up for more than `resetAfterMs`.
 * Kubelet's CrashLoopBackOff: 10 s, 2, 5 min, 10 min (kubernetes.io, Pod Lifecycle, "How Pods handle problems with
 * containers"; doBackOff in pkg/kubelet/kuberuntime/kuberuntime_manager.go; hasExpired in client-go
 * util/flowcontrol/backoff.go).
 */
export interface BackOff {
  readonly kind: 'backoff';
  readonly initialMs: number;
  readonly factor: number;
  readonly maxMs: number;
  readonly resetAfterMs: number;
  /** Added to every wait: how long the process takes to start. */
  readonly startup: Distribution;
}

export interface RecordedOutage {
  /** Index into `instances`. */
  readonly instance: number;
  readonly downMs: number;
  /** Infinity: to the end. */
  readonly upMs: number;
}

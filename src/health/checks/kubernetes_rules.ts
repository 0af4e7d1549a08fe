import type { Random } from '../../core/random.ts';
import { isPass, type ProbeVerdict } from '../probe.ts';
import type { CheckRules } from './check_rules.ts';
import type { KubernetesProbeKind, KubernetesProbeSettings } from './settings.ts';

type Result = 'unknown' | 'success' | 'failure';

/** Before a container's first result counts (newWorker in prober/worker.go). */
const INITIAL: Readonly<Record<KubernetesProbeKind, Result>> = {
  readiness: 'failure',
  liveness: 'success',
  startup: 'unknown',
};

/** Ticks differ from multiples of the period by rounding alone. */
const ROUNDING = 1e-9;

/** One worker of the kubelet: doProbe in prober/worker.go. Who may probe when is for `PodProbes` to say. */
export class KubernetesProbeRules implements CheckRules {
  result: Result;
  readonly degraded = false;
  readonly excluded = false;
  readonly drawsAgain = false;
  private readonly kind: KubernetesProbeKind;
  private readonly settings: KubernetesProbeSettings;
  private readonly mayProbe: (nowMs: number) => boolean;
  /** Ticks are multiples of the period from here. */
  private tickedAtMs = 0;
  private last: boolean | null = null;
  private inARow = 0;
  /** A container that is to be restarted is left alone until it was. */
  private onHold = false;

  constructor(
    kind: KubernetesProbeKind,
    settings: KubernetesProbeSettings,
    mayProbe: (nowMs: number) => boolean,
    nowMs: number,
  ) {
    this.kind = kind;
    this.settings = settings;
    this.mayProbe = mayProbe;
    this.result = INITIAL[kind];
    this.tickedAtMs = nowMs;
  }

  get healthy(): boolean {
    return this.result === 'success';
  }

  /** A worker runs from before its container does, so that a container finds it at any phase (and see `PodProbes`). */
  firstDelayMs(random: Random): number {
    const phaseMs = random.unit() * this.settings.periodMs;
    this.tickedAtMs += phaseMs;
    return phaseMs;
  }

  skips(nowMs: number): boolean {
    return this.onHold || !this.mayProbe(nowMs);
  }

  /** Below the threshold the result stays as it was. Runs are counted on over restarts, but for one that asked for it. */
  record(verdict: ProbeVerdict): boolean {
    const passed = isPass(verdict);
    this.inARow = passed === this.last ? this.inARow + 1 : 1;
    this.last = passed;
    if (this.inARow < (passed ? this.settings.successThreshold : this.settings.failureThreshold)) return false;
    const before = this.result;
    this.result = passed ? 'success' : 'failure';
    if (!passed && this.kind !== 'readiness') {
      this.onHold = true;
      this.inARow = 0;
    }
    return this.result !== before;
  }

  /** A ticker that holds one tick for a worker that is busy, and drops those after it (Go's time.Ticker). */
  nextDelayMs(_random: Random, sentAtMs: number, nowMs: number): number {
    const { periodMs } = this.settings;
    const ticks = Math.floor((sentAtMs - this.tickedAtMs) / periodMs + ROUNDING) + 1;
    return Math.max(0, this.tickedAtMs + ticks * periodMs - nowMs);
  }

  /** A new container runs. */
  restart(): void {
    this.result = INITIAL[this.kind];
    this.onHold = false;
  }

  /** A probe out of turn, from which the ticks count anew. */
  triggered(nowMs: number): void {
    this.tickedAtMs = nowMs;
  }
}

import type { Clock } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import type { InstanceConfig } from '../config.ts';
import { sampler } from '../distribution.ts';
import type { RestartSettings } from './settings.ts';

/** An instance's process, as its node may replace it by another. */
export interface Container {
  /** Asks it to terminate. `onExit`: it has, having finished its work, or was killed. */
  terminate(onExit: () => void): void;
  kill(): void;
  /** Another runs in its place. */
  start(): void;
}

/**
 * What restarts the process of an instance, by its index, when its node asks for that. The time of each start is drawn
 * from a fork of `random` by instance. `containerOf`: asked when the first restart is.
 */
export function containerRestarts(
  { terminationGracePeriodMs, maxContainerRestartPeriodMs, containerStart }: RestartSettings,
  clock: Clock,
  random: Random,
  instances: readonly InstanceConfig[],
  containerOf: (index: number) => Container,
): (index: number) => void {
  const all = instances.map(
    ({ id }, i) =>
      new ContainerRestarts({
        clock,
        container: () => containerOf(i),
        graceMs: terminationGracePeriodMs,
        maxWaitMs: maxContainerRestartPeriodMs,
        startMs: containerStart === null ? () => 0 : sampler(containerStart, random.fork(`containers/${id}`)),
      }),
  );
  return (index) => all[index].restart();
}

/** The first wait of CrashLoopBackOff (kubernetes, pkg/kubelet/kubelet.go, backOffPeriod), and how it grows. */
const FIRST_WAIT_MS = 10_000;
const FACTOR = 2;
/** A container that has run for longer than this is forgiven: its entry is collected (client-go, util/flowcontrol, GC). */
const FORGIVEN_AFTER_MS = 600_000;

export interface ContainerRestartsOptions {
  readonly clock: Clock;
  readonly container: () => Container;
  /** From SIGTERM to SIGKILL. */
  readonly graceMs: number;
  readonly maxWaitMs: number;
  /** How long its next start takes. */
  readonly startMs: () => number;
}

/**
 * How a kubelet restarts a container that failed its liveness or startup probe: SIGTERM, SIGKILL when the grace period is
 * over, and a new one after CrashLoopBackOff (kubernetes, pkg/kubelet/kuberuntime/kuberuntime_manager.go, SyncPod and
 * doBackOff; client-go, util/flowcontrol/backoff.go).
 *
 * The kubelet kills and starts in one go, and looks only at the container that had exited before this one: the first
 * restart is never held back and grows no wait, and a later one is held back, from the exit on, only where the last exit
 * was less than a wait ago. A kubelet looks whether the wait is over some 10 s apart; here it ends on time.
 */
export class ContainerRestarts {
  private readonly options: ContainerRestartsOptions;
  private restarting = false;
  private exitedAtMs: number | null = null;
  private waitMs = 0;
  private startedAtMs: number;

  constructor(options: ContainerRestartsOptions) {
    this.options = options;
    this.startedAtMs = options.clock.now();
  }

  restart(): void {
    if (this.restarting) return;
    this.restarting = true;
    const { clock, graceMs } = this.options;
    const container = this.options.container();
    const kill = clock.schedule(graceMs, () => container.kill(), 0);
    container.terminate(() => {
      clock.cancel(kill);
      clock.schedule(this.waitAfterExit(), () => this.start(container), 0);
    });
  }

  private start(container: Container): void {
    const { clock, startMs } = this.options;
    this.startedAtMs = clock.now();
    const run = (): void => {
      this.restarting = false;
      container.start();
    };
    clock.schedule(startMs(), run, 0);
  }

  /** It has exited now: how long until it may start. */
  private waitAfterExit(): number {
    const now = this.options.clock.now();
    const lastExitMs = this.exitedAtMs;
    this.exitedAtMs = now;
    if (now - this.startedAtMs > FORGIVEN_AFTER_MS) this.waitMs = 0;
    if (lastExitMs === null) return 0;
    const { waitMs } = this;
    this.waitMs = Math.min(waitMs === 0 ? FIRST_WAIT_MS : waitMs * FACTOR, this.options.maxWaitMs);
    return now - lastExitMs < waitMs ? waitMs : 0;
  }
}

import type { Instance } from '../../core/instance.ts';
import type { Random } from '../../core/random.ts';
import { Check, type CheckContext, type HealthListener } from './check.ts';
import type { CheckedHealth } from './check_rules.ts';
import { KubernetesProbeRules } from './kubernetes_rules.ts';
import type { KubernetesCheckSettings, KubernetesProbeKind } from './settings.ts';

interface Worker {
  readonly rules: KubernetesProbeRules;
  readonly check: Check;
}

export interface PodPorts {
  /** One for each probe of the settings. */
  readonly contexts: Readonly<Record<KubernetesProbeKind, CheckContext | null>>;
  /** Each probe draws its phase from a fork named by its kind. */
  readonly random: Random;
  readonly onChange: HealthListener;
  /** Liveness or startup has failed: the container is to be killed and started again. Asked once for each container. */
  readonly onRestart: (evidenceAtMs: number) => void;
}

/**
 * The probes of one container at its kubelet: ready while its process runs, has started and its readiness probe, if there is
 * one, has passed (prober_manager.go, UpdatePodStatus). It is taken to run from the start.
 */
export class PodProbes {
  private readonly instance: Instance;
  private readonly settings: KubernetesCheckSettings;
  private readonly ports: PodPorts;
  private readonly readiness: Worker | null;
  private readonly liveness: Worker | null;
  private readonly startup: Worker | null;
  private running = true;
  private runningSinceMs: number;
  private ready = false;
  private stopped = false;

  constructor(instance: Instance, settings: KubernetesCheckSettings, ports: PodPorts, nowMs: number) {
    this.instance = instance;
    this.settings = settings;
    this.ports = ports;
    this.runningSinceMs = nowMs;
    const restart: HealthListener = (passes, evidenceAtMs) => {
      // What has ended by itself meanwhile is not killed (kuberuntime_manager.go, computePodActions).
      if (!passes && this.running) ports.onRestart(evidenceAtMs);
    };
    this.startup = this.worker('startup', nowMs, (passes, evidenceAtMs, health) => {
      if (passes) this.started(evidenceAtMs);
      else restart(passes, evidenceAtMs, health);
    });
    this.readiness = this.worker('readiness', nowMs, (_, evidenceAtMs) => this.judge(evidenceAtMs));
    this.liveness = this.worker('liveness', nowMs, restart);
    // Without a readiness or startup probe a container is ready from the start; its owner hears so as soon as it may.
    if (this.isReady()) ports.contexts.liveness?.clock.schedule(0, () => this.judge(nowMs), 0);
  }

  stop(): void {
    this.stopped = true;
    for (const worker of [this.startup, this.readiness, this.liveness]) worker?.check.stop();
  }

  /** Its process has ended, or one runs again: what probes said of the last one no longer counts. */
  process(running: boolean, nowMs: number): void {
    if (running === this.running || this.stopped) return;
    this.running = running;
    if (!running) {
      this.judge(nowMs);
      return;
    }
    this.runningSinceMs = nowMs;
    for (const worker of [this.startup, this.readiness, this.liveness]) worker?.rules.restart();
    if (this.startup === null) this.started(nowMs);
  }

  /** Readiness is asked for out of turn, and from then on in step with that (manualTriggerCh in prober/worker.go). */
  private started(evidenceAtMs: number): void {
    const { readiness } = this;
    if (readiness === null) {
      this.judge(evidenceAtMs);
      return;
    }
    const nowMs = this.ports.contexts.readiness?.clock.now() ?? evidenceAtMs;
    readiness.rules.triggered(nowMs);
    readiness.check.probeNow();
  }

  private judge(evidenceAtMs: number): void {
    const ready = this.isReady();
    if (ready === this.ready || this.stopped) return;
    this.ready = ready;
    this.ports.onChange(ready, evidenceAtMs, ready ? READY : NOT_READY);
  }

  private isReady(): boolean {
    return this.running && this.hasStarted() && (this.readiness === null || this.readiness.rules.healthy);
  }

  private hasStarted(): boolean {
    return this.startup === null || this.startup.rules.healthy;
  }

  private mayProbe(kind: KubernetesProbeKind, nowMs: number): boolean {
    const settings = this.settings[kind];
    if (!this.running || settings === null || nowMs - this.runningSinceMs < settings.initialDelayMs) return false;
    return this.hasStarted() !== (kind === 'startup');
  }

  private worker(kind: KubernetesProbeKind, nowMs: number, onChange: HealthListener): Worker | null {
    const settings = this.settings[kind];
    const context = this.ports.contexts[kind];
    if (settings === null || context === null) return null;
    const rules = new KubernetesProbeRules(kind, settings, (atMs) => this.mayProbe(kind, atMs), nowMs);
    const check = new Check(context, this.instance, rules, this.ports.random.fork(kind), onChange);
    return { rules, check };
  }
}

const READY: CheckedHealth = { healthy: true, degraded: false, excluded: false };
const NOT_READY: CheckedHealth = { healthy: false, degraded: false, excluded: false };

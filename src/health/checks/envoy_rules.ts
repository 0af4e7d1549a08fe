import type { Random } from '../../core/random.ts';
import { isPass, type ProbeVerdict } from '../probe.ts';
import type { CheckRules } from './check_rules.ts';
import type { EnvoyCheckSettings } from './settings.ts';

/** Envoy never waits less (intervalWithJitter), so that checks cannot keep it from all else. */
const LEAST_MS = 1;

/**
 * The rules of every check of one cluster. `hadTraffic`: whether a request was ever sent to it.
 *
 * The very first check decides at once if it passes: Envoy's `first_check_` is cleared by a failure as well as by a pass
 * (handleSuccess, setUnhealthy; "failing first disables fast success" in health_checker_impl_test.cc).
 */
export function envoyRules(settings: EnvoyCheckSettings, hadTraffic: () => boolean): () => CheckRules {
  const plan = planOf(settings);
  return () => new EnvoyRules(plan, hadTraffic);
}

/** The settings with all defaults in place, once for all checks. */
type Plan = ReturnType<typeof planOf>;

function planOf(settings: EnvoyCheckSettings) {
  const { intervalMs, unhealthyIntervalMs = intervalMs } = settings;
  return {
    intervalMs,
    unhealthyIntervalMs,
    unhealthyEdgeMs: settings.unhealthyEdgeIntervalMs ?? unhealthyIntervalMs,
    healthyEdgeMs: settings.healthyEdgeIntervalMs ?? intervalMs,
    noTrafficMs: settings.noTrafficIntervalMs ?? null,
    noTrafficHealthyMs: settings.noTrafficHealthyIntervalMs ?? settings.noTrafficIntervalMs ?? null,
    initialJitterMs: settings.initialJitterMs,
    jitterMs: settings.intervalJitterMs ?? 0,
    jitterShare: (settings.intervalJitterPercent ?? 0) / 100,
    unhealthyThreshold: settings.unhealthyThreshold,
    healthyThreshold: settings.healthyThreshold,
  };
}

class EnvoyRules implements CheckRules {
  healthy = false;
  degraded = false;
  excluded = false;
  readonly drawsAgain: boolean;
  private readonly plan: Plan;
  private readonly hadTraffic: () => boolean;
  /** Passes in a row while unhealthy, network failures in a row while healthy. */
  private inARow = 0;
  private isFirst = true;
  private lastPassed = false;

  constructor(plan: Plan, hadTraffic: () => boolean) {
    this.plan = plan;
    this.hadTraffic = hadTraffic;
    this.drawsAgain = plan.jitterMs > 0 || plan.jitterShare > 0;
  }

  firstDelayMs(random: Random): number {
    const { initialJitterMs, intervalMs } = this.plan;
    if (initialJitterMs === undefined) return random.unit() * intervalMs;
    return initialJitterMs === 0 ? 0 : Math.max(LEAST_MS, random.unit() * initialJitterMs);
  }

  record(verdict: ProbeVerdict): boolean {
    const { healthy, degraded, excluded } = this;
    this.lastPassed = isPass(verdict);
    if (this.lastPassed) this.pass(verdict === 'degraded');
    else this.fail(verdict);
    this.isFirst = false;
    return this.healthy !== healthy || this.degraded !== degraded || this.excluded !== excluded;
  }

  /** HealthCheckHostMonitorImpl::setUnhealthy: counts as a bad answer, between two probes. */
  failAtOnce(): boolean {
    return this.record('immediateFail');
  }

  nextDelayMs(random: Random): number {
    const { jitterShare, jitterMs } = this.plan;
    const baseMs = this.baseMs();
    if (!this.drawsAgain) return Math.max(LEAST_MS, baseMs);
    const share = jitterShare > 0 ? random.unit() * jitterShare : 0;
    const extraMs = jitterMs > 0 ? random.unit() * jitterMs : 0;
    return Math.max(LEAST_MS, baseMs * (1 + share) + extraMs);
  }

  private pass(degraded: boolean): void {
    // Held against a host that fails too, where it means nothing until the next pass.
    this.degraded = degraded;
    if (this.healthy) this.inARow = 0;
    else if (this.isFirst || ++this.inARow >= this.plan.healthyThreshold) {
      this.inARow = 0;
      this.healthy = true;
      this.excluded = false;
    }
  }

  private fail(verdict: ProbeVerdict): void {
    if (verdict === 'immediateFail') this.excluded = true;
    if (!this.healthy) this.inARow = 0;
    else if (!isNetworkFailure(verdict) || ++this.inARow >= this.plan.unhealthyThreshold) {
      this.inARow = 0;
      this.healthy = false;
    }
  }

  /** As HealthCheckerImplBase::interval: by the verdict, and whether it has left a change pending. */
  private baseMs(): number {
    const { plan, lastPassed } = this;
    const pending = this.inARow > 0;
    if (plan.noTrafficMs !== null && !this.hadTraffic()) {
      return lastPassed && !pending ? (plan.noTrafficHealthyMs ?? plan.noTrafficMs) : plan.noTrafficMs;
    }
    if (lastPassed) return pending ? plan.healthyEdgeMs : plan.intervalMs;
    return pending ? plan.unhealthyEdgeMs : plan.unhealthyIntervalMs;
  }
}

function isNetworkFailure(verdict: ProbeVerdict): boolean {
  return verdict === 'refused' || verdict === 'timeout';
}

import { Outcome } from '../../core/outcome.ts';
import type { OutlierHost } from './outlier_host.ts';
import { beyondMs, type OutlierDetectionOptions, outlierThreshold, TickingDetection } from './ticking_detection.ts';

/**
 * Envoy's outlier detection (source/common/upstream/outlier_detection_impl.cc): errors in a row act as they come;
 * success rate and failure percentage of the last interval, and the ends of ejections, at ticks.
 * What its results are here: an `error` is a 500, `rejected` a 503, `refused` and `reset` failures to connect,
 * `timedOut` a timeout. The last three are of local origin where origins are split, else a 503 and a 504.
 * Where its threads would come in between, an ejection here takes effect with the result that causes it.
 */
export class EnvoyOutlierDetection extends TickingDetection {
  private ejected = 0;

  constructor(options: OutlierDetectionOptions) {
    super(options, true);
  }

  protected record(host: OutlierHost, outcome: Outcome, sentAtMs: number): void {
    const { splitExternalLocalOriginErrors } = this.settings;
    const isAnswer = outcome === Outcome.ok || outcome === Outcome.error || outcome === Outcome.rejected;
    if (splitExternalLocalOriginErrors && !isAnswer) this.localOriginFailure(host, sentAtMs);
    else {
      if (splitExternalLocalOriginErrors) this.localOriginSuccess(host, sentAtMs);
      if (outcome === Outcome.ok) this.success(host, sentAtMs);
      else this.failure(host, outcome !== Outcome.error, sentAtMs);
    }
  }

  protected passed(host: OutlierHost): void {
    if (this.settings.successfulActiveHealthCheckUnejectHost) this.uneject(host);
  }

  protected removed(host: OutlierHost): void {
    if (host.ejected) this.ejected--;
  }

  protected tick(nowMs: number): void {
    const { baseEjectionTimeMs, maxEjectionTimeMs, intervalMs } = this.settings;
    for (const host of this.hosts) {
      const lengthMs = Math.min(baseEjectionTimeMs * host.multiplier, maxEjectionTimeMs) + host.jitterMs;
      if (host.ejected && beyondMs(nowMs, host.ejectedAtMs, lengthMs) >= 0) this.uneject(host);
      host.external.swap();
      host.local.swap();
    }
    this.judgeRates('external');
    if (this.settings.splitExternalLocalOriginErrors) this.judgeRates('local');
    for (const host of this.hosts) {
      if (host.ejected || host.multiplier === 0) continue;
      if (beyondMs(nowMs, host.unejectedAtMs, intervalMs) >= 0) host.multiplier--;
    }
  }

  // Results: DetectorHostMonitorImpl. A count acts when it is reached, not above: while a host is ejected it runs past.

  private success(host: OutlierHost, sentAtMs: number): void {
    host.external.record(true, sentAtMs);
    host.consecutive5xx = 0;
    host.consecutiveGatewayFailure = 0;
  }

  private failure(host: OutlierHost, ofGateway: boolean, sentAtMs: number): void {
    const { settings } = this;
    host.external.record(false, sentAtMs);
    if (!ofGateway) host.consecutiveGatewayFailure = 0;
    else if (++host.consecutiveGatewayFailure === settings.consecutiveGatewayFailure && !host.ejected) {
      this.eject(host, settings.enforcingConsecutiveGatewayFailure, sentAtMs);
      host.consecutiveGatewayFailure = 0;
    }
    if (++host.consecutive5xx === settings.consecutive5xx && !host.ejected) {
      this.eject(host, settings.enforcingConsecutive5xx, sentAtMs);
      host.consecutive5xx = 0;
    }
  }

  private localOriginSuccess(host: OutlierHost, sentAtMs: number): void {
    host.local.record(true, sentAtMs);
    host.consecutiveLocalOriginFailure = 0;
  }

  private localOriginFailure(host: OutlierHost, sentAtMs: number): void {
    const { consecutiveLocalOriginFailure, enforcingConsecutiveLocalOriginFailure } = this.settings;
    host.local.record(false, sentAtMs);
    if (++host.consecutiveLocalOriginFailure === consecutiveLocalOriginFailure && !host.ejected) {
      this.eject(host, enforcingConsecutiveLocalOriginFailure, sentAtMs);
      host.consecutiveLocalOriginFailure = 0;
    }
  }

  /** Success rate, then failure percentage (processSuccessRateEjections), of hosts not ejected when it begins. */
  private judgeRates(origin: 'external' | 'local'): void {
    const { settings } = this;
    const isExternal = origin === 'external';
    const used = this.hosts.filter((host) => !host.ejected && host[origin].total > 0);
    const compared = used.filter((host) => host[origin].total >= settings.successRateRequestVolume);
    if (compared.length > 0 && compared.length >= settings.successRateMinimumHosts) {
      const rates = compared.map((host) => successPercent(host, origin));
      const threshold = outlierThreshold(rates, settings.successRateStdevFactor / 1000);
      const enforcing = isExternal ? settings.enforcingSuccessRate : settings.enforcingLocalOriginSuccessRate;
      compared.forEach((host, i) => {
        if (rates[i] < threshold) this.eject(host, enforcing, host[origin].failureSentAtMs);
      });
    }
    const judged = used.filter((host) => host[origin].total >= settings.failurePercentageRequestVolume);
    if (judged.length === 0 || judged.length < settings.failurePercentageMinimumHosts) return;
    const enforcing = isExternal ? settings.enforcingFailurePercentage : settings.enforcingFailurePercentageLocalOrigin;
    for (const host of judged) {
      // One that success rate has just ejected: Envoy asserts that it is none, and in a release would count it twice.
      if (host.ejected) continue;
      const failed = 100 - successPercent(host, origin) >= settings.failurePercentageThreshold;
      if (failed) this.eject(host, enforcing, host[origin].failureSentAtMs);
    }
  }

  /** ejectHost: the cap first, then the draw of enforcement, then that of jitter. */
  private eject(host: OutlierHost, enforcingPercent: number, evidenceAtMs: number): void {
    const { maxEjectionPercent, alwaysEjectOneHost, baseEjectionTimeMs, maxEjectionTimeMs } = this.settings;
    const fits = (100 * (this.ejected + 1)) / this.hosts.length <= maxEjectionPercent;
    if (!fits && !(alwaysEjectOneHost && this.ejected === 0)) return;
    if (!this.enforced(enforcingPercent)) return;
    this.ejected++;
    host.ejected = true;
    host.ejectedAtMs = this.clock.now();
    host.jitterMs = this.random.int(this.settings.maxEjectionTimeJitterMs + 1);
    if (host.multiplier * baseEjectionTimeMs < maxEjectionTimeMs + baseEjectionTimeMs) host.multiplier++;
    this.tell(host, evidenceAtMs);
  }

  /** Draws only where chance has a say (source/common/runtime/runtime_impl.cc, featureEnabled). */
  private enforced(percent: number): boolean {
    if (percent === 0 || percent === 100) return percent === 100;
    return this.random.int(100) < percent;
  }

  private uneject(host: OutlierHost): void {
    this.ejected--;
    host.ejected = false;
    host.consecutive5xx = 0;
    host.consecutiveGatewayFailure = 0;
    host.consecutiveLocalOriginFailure = 0;
    host.unejectedAtMs = this.clock.now();
    this.tell(host, host.unejectedAtMs);
  }
}

function successPercent(host: OutlierHost, origin: 'external' | 'local'): number {
  const { succeeded, total } = host[origin];
  return (succeeded * 100) / total;
}

import { Outcome } from '../../core/outcome.ts';
import type { OutlierHost } from './outlier_host.ts';
import type { OutlierDetectionSettings } from './settings.ts';
import { beyondMs, type OutlierDetectionOptions, outlierThreshold, TickingDetection } from './ticking_detection.ts';

/**
 * gRPC's outlier detection (gRFC A50; grpc-java, OutlierDetectionLoadBalancer): success rate and failure percentage
 * only, at ticks, for each priority by itself. An algorithm enforced for 0% is not configured, and draws nothing; without
 * any there is nothing to do. Hosts that are ejected already are judged like others, and may be ejected anew.
 * An ejection ends strictly after its time: in virtual time, one that lasts a whole number of intervals ends a tick later
 * than under a real timer, which is always late by a little.
 */
export class GrpcOutlierDetection extends TickingDetection {
  constructor(options: OutlierDetectionOptions) {
    super(options, usesSuccessRate(options.settings) || usesFailurePercentage(options.settings));
  }

  protected record(host: OutlierHost, outcome: Outcome, sentAtMs: number): void {
    host.external.record(outcome === Outcome.ok, sentAtMs);
  }

  protected passed(): void {}

  protected removed(): void {}

  protected tick(nowMs: number): void {
    const { settings } = this;
    const priorities = new Map<number, OutlierHost[]>();
    for (const host of this.hosts) {
      host.external.swap();
      const peers = priorities.get(host.priority);
      if (peers === undefined) priorities.set(host.priority, [host]);
      else peers.push(host);
    }
    for (const hosts of priorities.values()) {
      if (usesSuccessRate(settings)) this.judgeSuccessRate(hosts, nowMs);
      if (usesFailurePercentage(settings)) this.judgeFailurePercentage(hosts, nowMs);
    }
    for (const host of this.hosts) this.finish(host, nowMs);
  }

  private judgeSuccessRate(hosts: readonly OutlierHost[], nowMs: number): void {
    const { successRateRequestVolume, successRateMinimumHosts, successRateStdevFactor } = this.settings;
    const compared = withVolume(hosts, successRateRequestVolume);
    if (compared.length === 0 || compared.length < successRateMinimumHosts) return;
    const rates = compared.map(({ external }) => external.succeeded / external.total);
    const threshold = outlierThreshold(rates, successRateStdevFactor / 1000);
    for (const [i, host] of compared.entries()) {
      if (this.isFull(hosts)) return;
      if (rates[i] < threshold) this.eject(host, this.settings.enforcingSuccessRate, nowMs);
    }
  }

  private judgeFailurePercentage(hosts: readonly OutlierHost[], nowMs: number): void {
    const { failurePercentageRequestVolume, failurePercentageMinimumHosts, failurePercentageThreshold } = this.settings;
    const judged = withVolume(hosts, failurePercentageRequestVolume);
    if (judged.length < failurePercentageMinimumHosts) return;
    for (const host of judged) {
      if (this.isFull(hosts)) return;
      const { total, succeeded } = host.external;
      const failed = (total - succeeded) / total > failurePercentageThreshold / 100;
      if (failed) this.eject(host, this.settings.enforcingFailurePercentage, nowMs);
    }
  }

  /** Looked at before an ejection, so that it may end up above the cap. */
  private isFull(hosts: readonly OutlierHost[]): boolean {
    const ejected = hosts.filter((host) => host.ejected).length;
    return (100 * ejected) / hosts.length >= this.settings.maxEjectionPercent;
  }

  private eject(host: OutlierHost, enforcingPercent: number, nowMs: number): void {
    if (this.random.int(100) >= enforcingPercent) return;
    const wasEjected = host.ejected;
    host.ejected = true;
    host.ejectedAtMs = nowMs;
    host.multiplier++;
    if (!wasEjected) this.tell(host, host.external.failureSentAtMs);
  }

  private finish(host: OutlierHost, nowMs: number): void {
    const { baseEjectionTimeMs, maxEjectionTimeMs } = this.settings;
    if (!host.ejected) {
      if (host.multiplier > 0) host.multiplier--;
      return;
    }
    const longestMs = Math.max(baseEjectionTimeMs, maxEjectionTimeMs);
    const lengthMs = Math.min(baseEjectionTimeMs * host.multiplier, longestMs);
    if (beyondMs(nowMs, host.ejectedAtMs, lengthMs) <= 0) return;
    host.ejected = false;
    this.tell(host, nowMs);
  }
}

/** As xDS sets up gRPC: an algorithm that is enforced for nobody is left out. */
function usesSuccessRate({ enforcingSuccessRate }: OutlierDetectionSettings): boolean {
  return enforcingSuccessRate > 0;
}

function usesFailurePercentage({ enforcingFailurePercentage }: OutlierDetectionSettings): boolean {
  return enforcingFailurePercentage > 0;
}

/** Hosts without any request are left out even where none is asked for: they have no rate. */
function withVolume(hosts: readonly OutlierHost[], volume: number): OutlierHost[] {
  return hosts.filter(({ external }) => external.total > 0 && external.total >= volume);
}

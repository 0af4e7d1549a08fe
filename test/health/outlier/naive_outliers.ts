import { Outcome } from '../../../src/core/outcome.ts';
import type { Random } from '../../../src/core/random.ts';
import type { OutlierDetectionSettings } from '../../../src/health/outlier/settings.ts';

interface Ending {
  readonly outcome: Outcome;
  readonly atMs: number;
}

interface Ejection {
  readonly fromMs: number;
  readonly lengthMs: number;
}

interface NaiveHost {
  readonly host: number;
  readonly priority: number;
  /** All that ended since it joined. */
  readonly endings: Ending[];
  /** Where in `endings` a row of each kind begins at the earliest. */
  readonly rowFrom: Record<Row, number>;
  ejection: Ejection | null;
  multiplier: number;
  unejectedAtMs: number | null;
}

type Row = '5xx' | 'gateway' | 'local';
type Kind = 'good' | '500' | '50x' | 'unreached';

/**
 * Outlier detection written down once more, from histories instead of counters: every result is kept, rows are found by
 * looking back, rates by going through the last interval. Times are whole numbers, so that no rounding has a say.
 */
export class NaiveOutliers {
  readonly hosts: NaiveHost[] = [];
  readonly log: string[] = [];
  private readonly s: OutlierDetectionSettings;
  private readonly random: Random;
  private lastTickMs = -Infinity;

  constructor(settings: OutlierDetectionSettings, random: Random) {
    this.s = settings;
    this.random = random;
  }

  add(host: number, priority: number): void {
    const rowFrom = { '5xx': 0, gateway: 0, local: 0 };
    this.hosts.push({ host, priority, endings: [], rowFrom, ejection: null, multiplier: 0, unejectedAtMs: null });
  }

  remove(host: number): void {
    const place = this.hosts.findIndex((each) => each.host === host);
    if (place >= 0) this.hosts.splice(place, 1);
  }

  ended(number: number, outcome: Outcome, atMs: number): void {
    const host = this.hosts.find((each) => each.host === number);
    if (host === undefined) return;
    host.endings.push({ outcome, atMs });
    if (this.s.system === 'grpc') return;
    const kind = this.kindOf(outcome);
    const rules: [Row, boolean, number, number][] = [
      [
        'local',
        kind === 'unreached',
        this.s.consecutiveLocalOriginFailure,
        this.s.enforcingConsecutiveLocalOriginFailure,
      ],
      ['gateway', kind === '50x', this.s.consecutiveGatewayFailure, this.s.enforcingConsecutiveGatewayFailure],
      ['5xx', kind === '500' || kind === '50x', this.s.consecutive5xx, this.s.enforcingConsecutive5xx],
    ];
    for (const [row, counts, needed, enforcing] of rules) {
      if (!counts || host.ejection !== null || this.lengthOf(host, row) !== needed) continue;
      this.ejectAsEnvoy(host, enforcing, atMs);
      host.rowFrom[row] = host.endings.length;
    }
  }

  checkPassed(number: number, atMs: number): void {
    const host = this.hosts.find((each) => each.host === number);
    if (host === undefined || host.ejection === null || this.s.system === 'grpc') return;
    if (this.s.successfulActiveHealthCheckUnejectHost) this.uneject(host, atMs);
  }

  tick(nowMs: number): void {
    if (this.s.system === 'grpc') this.tickAsGrpc(nowMs);
    else this.tickAsEnvoy(nowMs);
    this.lastTickMs = nowMs;
  }

  private tickAsEnvoy(nowMs: number): void {
    for (const host of [...this.hosts]) {
      if (host.ejection !== null && nowMs >= host.ejection.fromMs + host.ejection.lengthMs) this.uneject(host, nowMs);
    }
    const { s } = this;
    const answered = (kind: Kind): boolean | null => (kind === 'unreached' ? null : kind === 'good');
    this.judge(answered, s.enforcingSuccessRate, s.enforcingFailurePercentage, nowMs);
    if (s.splitExternalLocalOriginErrors) {
      const reached = (kind: Kind): boolean => kind !== 'unreached';
      this.judge(reached, s.enforcingLocalOriginSuccessRate, s.enforcingFailurePercentageLocalOrigin, nowMs);
    }
    for (const host of this.hosts) {
      if (host.ejection !== null || host.unejectedAtMs === null) continue;
      if (nowMs - host.unejectedAtMs >= s.intervalMs) host.multiplier = Math.max(0, host.multiplier - 1);
    }
  }

  private judge(
    good: (kind: Kind) => boolean | null,
    enforcingRate: number,
    enforcingShare: number,
    nowMs: number,
  ): void {
    const { s } = this;
    const seen = this.hosts
      .filter(({ ejection }) => ejection === null)
      .map((host) => ({
        host,
        results: this.lastInterval(host, nowMs)
          .map(good)
          .filter((each) => each !== null),
      }))
      .filter(({ results }) => results.length > 0)
      .map(({ host, results }) => ({
        host,
        volume: results.length,
        percent: (results.filter((each) => each).length * 100) / results.length,
      }));
    const compared = seen.filter(({ volume }) => volume >= s.successRateRequestVolume);
    const judged = seen.filter(({ volume }) => volume >= s.failurePercentageRequestVolume);
    if (compared.length >= s.successRateMinimumHosts && compared.length > 0) {
      const threshold = thresholdOf(
        compared.map(({ percent }) => percent),
        s.successRateStdevFactor,
      );
      for (const { host, percent } of compared) if (percent < threshold) this.ejectAsEnvoy(host, enforcingRate, nowMs);
    }
    if (judged.length < s.failurePercentageMinimumHosts) return;
    for (const { host, percent } of judged) {
      if (host.ejection === null && 100 - percent >= s.failurePercentageThreshold) {
        this.ejectAsEnvoy(host, enforcingShare, nowMs);
      }
    }
  }

  private ejectAsEnvoy(host: NaiveHost, enforcing: number, atMs: number): void {
    const { s } = this;
    const ejected = this.hosts.filter(({ ejection }) => ejection !== null).length;
    const hasRoom = (100 * (ejected + 1)) / this.hosts.length <= s.maxEjectionPercent;
    if (!hasRoom && !(s.alwaysEjectOneHost && ejected === 0)) return;
    if (enforcing === 0 || (enforcing < 100 && this.random.uint32() % 100 >= enforcing)) return;
    const jitterMs = this.random.uint32() % (s.maxEjectionTimeJitterMs + 1);
    if (host.multiplier * s.baseEjectionTimeMs < s.maxEjectionTimeMs + s.baseEjectionTimeMs) host.multiplier++;
    const lengthMs = Math.min(host.multiplier * s.baseEjectionTimeMs, s.maxEjectionTimeMs) + jitterMs;
    host.ejection = { fromMs: atMs, lengthMs };
    this.log.push(`${atMs} out ${host.host}`);
  }

  private uneject(host: NaiveHost, atMs: number): void {
    host.ejection = null;
    host.unejectedAtMs = atMs;
    const length = host.endings.length;
    Object.assign(host.rowFrom, { '5xx': length, gateway: length, local: length });
    this.log.push(`${atMs} in ${host.host}`);
  }

  private tickAsGrpc(nowMs: number): void {
    const { s } = this;
    const priorities = [...new Set(this.hosts.map(({ priority }) => priority))];
    for (const priority of priorities) {
      const hosts = this.hosts.filter((host) => host.priority === priority);
      const rated = hosts
        .map((host) => ({ host, results: this.lastInterval(host, nowMs).map((kind) => kind === 'good') }))
        .map(({ host, results }) => ({ host, volume: results.length, good: results.filter((each) => each).length }))
        .filter(({ volume }) => volume > 0);
      const compared = rated.filter(({ volume }) => volume >= s.successRateRequestVolume);
      if (s.enforcingSuccessRate > 0 && compared.length > 0 && compared.length >= s.successRateMinimumHosts) {
        const threshold = thresholdOf(
          compared.map(({ good, volume }) => good / volume),
          s.successRateStdevFactor,
        );
        for (const { host, good, volume } of compared) {
          if (this.isFull(hosts)) break;
          if (good / volume < threshold) this.ejectAsGrpc(host, s.enforcingSuccessRate, nowMs);
        }
      }
      const judged = rated.filter(({ volume }) => volume >= s.failurePercentageRequestVolume);
      if (s.enforcingFailurePercentage === 0 || judged.length < s.failurePercentageMinimumHosts) continue;
      for (const { host, good, volume } of judged) {
        if (this.isFull(hosts)) break;
        if ((volume - good) * 100 > s.failurePercentageThreshold * volume) {
          this.ejectAsGrpc(host, s.enforcingFailurePercentage, nowMs);
        }
      }
    }
    for (const host of this.hosts) {
      if (host.ejection === null) host.multiplier = Math.max(0, host.multiplier - 1);
      else if (nowMs > host.ejection.fromMs + host.ejection.lengthMs) this.uneject(host, nowMs);
    }
  }

  private isFull(hosts: readonly NaiveHost[]): boolean {
    return (100 * hosts.filter(({ ejection }) => ejection !== null).length) / hosts.length >= this.s.maxEjectionPercent;
  }

  private ejectAsGrpc(host: NaiveHost, enforcing: number, nowMs: number): void {
    if (this.random.uint32() % 100 >= enforcing) return;
    const { baseEjectionTimeMs, maxEjectionTimeMs } = this.s;
    if (host.ejection === null) this.log.push(`${nowMs} out ${host.host}`);
    host.multiplier++;
    const longestMs = Math.max(baseEjectionTimeMs, maxEjectionTimeMs);
    host.ejection = { fromMs: nowMs, lengthMs: Math.min(host.multiplier * baseEjectionTimeMs, longestMs) };
  }

  private kindOf(outcome: Outcome): Kind {
    if (outcome === Outcome.ok) return 'good';
    if (outcome === Outcome.error) return '500';
    if (outcome === Outcome.rejected) return '50x';
    return this.s.splitExternalLocalOriginErrors && this.s.system === 'envoy' ? 'unreached' : '50x';
  }

  /** What ended after the last tick, up to now: a result at the very time of a tick is told after it. */
  private lastInterval(host: NaiveHost, nowMs: number): Kind[] {
    return host.endings
      .filter(({ atMs }) => atMs >= this.lastTickMs && atMs < nowMs)
      .map(({ outcome }) => this.kindOf(outcome));
  }

  /** How many of a kind ended last, one after another. */
  private lengthOf(host: NaiveHost, row: Row): number {
    const kinds = host.endings.slice(host.rowFrom[row]).map(({ outcome }) => this.kindOf(outcome));
    let length = 0;
    for (const kind of kinds.toReversed()) {
      if (row === 'local' ? kind === 'unreached' : kind === '50x' || (row === '5xx' && kind === '500')) length++;
      // What was not reached is no answer: it neither counts nor breaks a row of answers.
      else if (row === 'local' || kind !== 'unreached') break;
    }
    return length;
  }
}

function thresholdOf(rates: readonly number[], factor: number): number {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const mean = sum(rates) / rates.length;
  return mean - (factor / 1000) * Math.sqrt(sum(rates.map((rate) => (rate - mean) ** 2)) / rates.length);
}

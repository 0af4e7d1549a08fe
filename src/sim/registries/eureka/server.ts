import type { Clock } from '../../../core/clock.ts';
import type { Random } from '../../../core/random.ts';
import type { Registrar } from '../../../registry/discovery.ts';
import { type Member, StatusTable } from '../status_table.ts';
import { everyPeriod } from '../ticks.ts';
import { VersionLog } from '../version_log.ts';
import type { EurekaSettings } from './settings.ts';

/** Heartbeats a server expects of each client in a minute, whatever the clients do (expectedClientRenewalIntervalSeconds 30). */
const RENEWALS_A_MINUTE = 2;
const MINUTE_MS = 60_000;

interface Registered extends Member {
  readonly leaseMs: number;
  /** A renewal sets it a whole duration ahead, and expiry adds the duration again: the fault that doubles leases. */
  updatedAtMs: number;
  /** When it was really last heard of. */
  heardAtMs: number;
  /** Moves when another lease takes its place. */
  readonly lease: object;
}

/**
 * The server (eureka-core, AbstractInstanceRegistry, PeerAwareInstanceRegistryImpl, Lease): leases, the passes that evict
 * those that have run out, at most the share that the threshold leaves and in random order, and self-preservation, which
 * lets no pass evict while the renewals of the last whole minute are not above the threshold.
 *
 * It has been running when it is made: whoever registers at that instant did so long ago and has just renewed, and all of
 * them renewed in the minute before.
 */
export class EurekaServer implements Registrar {
  readonly log: VersionLog;
  private readonly settings: EurekaSettings;
  private readonly clock: Clock;
  private readonly random: Random;
  private readonly members = new StatusTable<Registered>();
  private readonly sinceMs: number;
  /** expectedNumberOfClientsSendingRenews. */
  private expectedClients = 0;
  private renewals = 0;
  private renewalsOfLastMinute: number | null = null;
  private passedAtMs: number | null = null;

  /** On the server's own clock, which may stop. Phases of its timers are drawn from `random`. */
  constructor(settings: EurekaSettings, clock: Clock, random: Random) {
    this.settings = settings;
    this.clock = clock;
    this.random = random;
    this.sinceMs = clock.now();
    this.log = new VersionLog(this.sinceMs);
    const { evictionIntervalMs, renewalThresholdUpdateIntervalMs } = settings;
    // Both started with the server: at one instant the minute ends before the pass (postInit).
    const phase = random.fork('passes').unit();
    everyPeriod(clock, phase * MINUTE_MS, MINUTE_MS, () => this.endMinute());
    everyPeriod(clock, phase * evictionIntervalMs, evictionIntervalMs, () => this.pass());
    const updateInMs = random.fork('threshold').unit() * renewalThresholdUpdateIntervalMs;
    everyPeriod(clock, updateInMs, renewalThresholdUpdateIntervalMs, () => this.updateExpected());
  }

  /** Renewals in a minute that must be exceeded for anybody to be evicted. */
  get threshold(): number {
    return renewalThreshold(this.expectedClients, this.settings);
  }

  get evicts(): boolean {
    if (!this.settings.selfPreservation) return true;
    const renewals = this.renewalsOfLastMinute ?? this.expectedClients * RENEWALS_A_MINUTE;
    return this.threshold > 0 && renewals > this.threshold;
  }

  register(_service: string, instance: Parameters<Registrar['register']>[1], ttlMs: number | null, passing = true) {
    const now = this.clock.now();
    const { id } = instance;
    const leaseMs = ttlMs ?? this.settings.leaseDurationMs;
    const lease = {};
    if (this.members.get(id) === null) this.expectedClients++;
    const updatedAtMs = now === this.sinceMs ? now + leaseMs : now;
    this.members.put({ instance, passing, leaseMs, updatedAtMs, heardAtMs: now, lease });
    this.publish(now);
    const held = (): Registered | null => {
      const member = this.members.get(id);
      return member?.lease === lease ? member : null;
    };
    return {
      renew: () => {
        const member = held();
        if (member === null) return false;
        this.renewals++;
        member.heardAtMs = this.clock.now();
        member.updatedAtMs = member.heardAtMs + member.leaseMs;
        return true;
      },
      setPassing: (passing: boolean, evidenceAtMs: number) => {
        const member = held();
        if (member === null || member.passing === passing) return;
        member.passing = passing;
        this.publish(evidenceAtMs);
      },
      revoke: () => {
        if (held() !== null) this.cancel(id, this.clock.now());
      },
    };
  }

  /** The server was away for that long: its leases did not run out meanwhile. */
  extendLeases(byMs: number): void {
    for (const member of this.members.all()) member.updatedAtMs += byMs;
    if (this.passedAtMs !== null) this.passedAtMs += byMs;
  }

  private cancel(id: string, evidenceAtMs: number): void {
    this.members.remove(id);
    this.expectedClients--;
    this.publish(evidenceAtMs);
  }

  private endMinute(): void {
    // The minute the server was made in was a whole one.
    this.renewalsOfLastMinute = this.renewalsOfLastMinute === null ? this.sinceStart() : this.renewals;
    this.renewals = 0;
  }

  /** What came since the server was made, and before it, of those that were there. */
  private sinceStart(): number {
    const wasThereFor = 1 - (this.clock.now() - this.sinceMs) / MINUTE_MS;
    return this.renewals + Math.ceil(wasThereFor * this.expectedClients * RENEWALS_A_MINUTE);
  }

  private pass(): void {
    const now = this.clock.now();
    const { evictionIntervalMs } = this.settings;
    // A pass that comes late gives leases as much longer (getCompensationTimeMs).
    const lateMs = this.passedAtMs === null ? 0 : Math.max(0, now - this.passedAtMs - evictionIntervalMs);
    this.passedAtMs = now;
    if (!this.evicts) return;
    const expired = this.members.all().filter((member) => now > member.updatedAtMs + member.leaseMs + lateMs);
    const limit = evictionLimit(this.members.size, this.settings);
    for (let i = 0; i < Math.min(expired.length, limit); i++) {
      const j = i + this.random.int(expired.length - i);
      [expired[i], expired[j]] = [expired[j], expired[i]];
      this.cancel(expired[i].instance.id, expired[i].heardAtMs);
    }
  }

  /** updateRenewalThreshold: a registry that has lost too many at once does not count them out. */
  private updateExpected(): void {
    const { selfPreservation, renewalPercentThreshold } = this.settings;
    const { size } = this.members;
    if (!selfPreservation || size > renewalPercentThreshold * this.expectedClients) this.expectedClients = size;
  }

  private publish(evidenceAtMs: number): void {
    const shown = this.members.all().filter(({ passing }) => passing);
    this.log.publish(
      this.clock.now(),
      shown.map(({ instance }) => instance),
      evidenceAtMs,
    );
  }
}

type Threshold = Pick<EurekaSettings, 'renewalPercentThreshold'>;

/** Renewals in a minute that must be exceeded for anybody of so many clients to be evicted (updateRenewsPerMinThreshold). */
export function renewalThreshold(clients: number, { renewalPercentThreshold }: Threshold): number {
  return Math.floor(clients * RENEWALS_A_MINUTE * renewalPercentThreshold + 1e-9);
}

/** How many of a registry of that size one pass may evict (AbstractInstanceRegistry.evict). */
export function evictionLimit(size: number, { renewalPercentThreshold }: Threshold): number {
  return size - Math.floor(size * renewalPercentThreshold + 1e-9);
}

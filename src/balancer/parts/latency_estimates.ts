import type { Host } from '../host.ts';
import type { FinagleNodes } from './finagle_nodes.ts';
import { PerHost } from './per_host.ts';

/** Finagle and Tower reckon in nanoseconds: loads that are equal but for rounding are told apart as there. */
const NANOS_PER_MS = 1e6;
/** Finagle's Long.MaxValue >> 16: far above any load that was measured. */
const PENALTY = 2 ** 47 - 1;

/** Where a host's numbers are among its own: its estimate in nanoseconds, when that was brought up to date, 1 once it is known, and its load as last read. */
const ESTIMATE = 0;
const STAMP = 1;
const KNOWN = 2;
const LOAD = 3;
const WIDTH = 4;

export interface EstimateSettings {
  /** Mean lifetime of what is remembered, in milliseconds. */
  readonly decayTime: number;
  /** What a host joins with, in milliseconds; 0: nothing, and a penalty above all others while its first attempt is in flight. */
  readonly defaultRtt: number;
  /** Whether a latency replaces the estimate when it is above what that has decayed to, or above what it was last read as. */
  readonly peakAboveDecayed: boolean;
}

/**
 * Peak EWMA's estimate of each host's latency, and the load made of it: see `peakEwma`. The time and loads are handed over
 * in arrays, since a fraction passed or returned might have to be allocated.
 */
export class LatencyEstimates {
  /** The time now, in milliseconds: to be set before each call. */
  readonly now = new Float64Array(1);
  /** Whose attempts count. */
  readonly nodes: FinagleNodes;
  private readonly settings: EstimateSettings;
  private readonly state = new PerHost(WIDTH);

  constructor(settings: EstimateSettings, nodes: FinagleNodes) {
    this.settings = settings;
    this.nodes = nodes;
  }

  /** What is known of those of these hosts that are new nodes is forgotten. */
  begin(hosts: readonly Host[]): void {
    for (const host of this.nodes.begin(hosts)) this.state.values[this.state.at(host) + KNOWN] = 0;
  }

  /** Where loads are once they have been read. Replaced when it grows: ask anew after `readLoad`. */
  get loads(): Float64Array {
    return this.state.values;
  }

  /** The estimates of these hosts start now, where they have not yet. */
  know(hosts: readonly Host[]): void {
    for (const host of hosts) this.entry(host);
  }

  /** Reads the host's load into `loads`, and says where. Its estimate decays as an observation of 0 would leave it. */
  readLoad(host: Host): number {
    const at = this.entry(host);
    const now = this.now[0];
    const { values } = this.state;
    const { decayTime, defaultRtt } = this.settings;
    const inFlight = this.nodes.inFlight(host);
    const estimate = values[at + ESTIMATE] * Math.exp(-Math.max(now - values[at + STAMP], 0) / decayTime);
    values[at + ESTIMATE] = estimate;
    values[at + STAMP] = now;
    const unanswered = estimate === 0 && inFlight > 0 && defaultRtt === 0;
    values[at + LOAD] = unanswered ? PENALTY + inFlight : estimate * (inFlight + 1);
    return at + LOAD;
  }

  observe(host: Host, latencyMs: number): void {
    const at = this.entry(host);
    const now = this.now[0];
    const { values } = this.state;
    const { decayTime, peakAboveDecayed } = this.settings;
    const kept = Math.exp(-Math.max(now - values[at + STAMP], 0) / decayTime);
    const before = values[at + ESTIMATE];
    const latency = latencyMs * NANOS_PER_MS;
    const isPeak = latency > (peakAboveDecayed ? before * kept : before);
    // Two stores: the value of one expression would be boxed, as the compiler takes an argument for anything.
    if (isPeak) values[at + ESTIMATE] = latency;
    else values[at + ESTIMATE] = before * kept + latency * (1 - kept);
    values[at + STAMP] = now;
  }

  /** A failure is taken for a latency of `penaltyMs`, or of what the host is estimated at by now where that is more. */
  penalize(host: Host, penaltyMs: number): void {
    const at = this.entry(host);
    const { values } = this.state;
    const kept = Math.exp(-Math.max(this.now[0] - values[at + STAMP], 0) / this.settings.decayTime);
    this.observe(host, Math.max((values[at + ESTIMATE] * kept) / NANOS_PER_MS, penaltyMs));
  }

  private entry(host: Host): number {
    const at = this.state.at(host);
    const { values } = this.state;
    if (values[at + KNOWN] === 0) {
      values[at + ESTIMATE] = this.settings.defaultRtt * NANOS_PER_MS;
      values[at + STAMP] = this.now[0];
      values[at + KNOWN] = 1;
    }
    return at;
  }
}

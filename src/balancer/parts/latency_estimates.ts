import type { Host } from '../host.ts';
import type { FinagleNodes } from './finagle_nodes.ts';
import { PerHost } from './per_host.ts';

/** Finagle's Long.MaxValue >> 16, in nanoseconds: far above any load that was measured. */
const PENALTY = 2 ** 47 - 1;

const NS_PER_MS = 1e6;
const NS_PER_S = 1e9;

/**
 * Where a host's numbers are among its own: its estimate, when that was brought up to date (in ns), 1 once it is known, its
 * load as last read, how much of its estimate remained then, and the latency being observed.
 */
const ESTIMATE = 0;
const STAMP = 1;
const KNOWN = 2;
const LOAD = 3;
const KEPT = 4;
const LATENCY = 5;
const WIDTH = 6;

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
 *
 * Loads that ought to be equal are told apart by how they are rounded, so that is done as the systems do it. Times are
 * whole nanoseconds. Finagle and Tower count in these, and what was read is what decays from then on. Linkerd
 * (`peakAboveDecayed`) counts in seconds, reads without leaving a trace, and has what remains of an estimate from what
 * does not. Sources: finagle-core loadbalancer/PeakEwma.scala; tower/src/load/peak_ewma.rs; linkerd2-proxy
 * linkerd/ewma/src/lib.rs.
 */
export class LatencyEstimates {
  /** The time now, in milliseconds: to be set before each call. */
  readonly now = new Float64Array(1);
  /** Whose attempts count. */
  readonly nodes: FinagleNodes;
  /** The time now in whole nanoseconds, as of the last call. */
  private readonly nowNs = new Float64Array(1);
  private readonly linkerd: boolean;
  /** In what estimates are: nanoseconds, or Linkerd's seconds. */
  private readonly decayTime: number;
  private readonly defaultRtt: number;
  private readonly state = new PerHost(WIDTH);

  constructor({ decayTime, defaultRtt, peakAboveDecayed }: EstimateSettings, nodes: FinagleNodes) {
    this.nodes = nodes;
    this.linkerd = peakAboveDecayed;
    const inUnits = (ms: number): number => (peakAboveDecayed ? ms / 1000 : ms * NS_PER_MS);
    this.decayTime = inUnits(decayTime);
    this.defaultRtt = inUnits(defaultRtt);
  }

  /** What is known of those of these hosts that are new nodes is forgotten. */
  begin(hosts: readonly Host[]): void {
    for (const host of this.nodes.begin(hosts)) this.state.values[this.state.at(host) + KNOWN] = 0;
  }

  /** Where loads are once they have been read, in estimates' own unit. Replaced when it grows: ask anew after `readLoad`. */
  get loads(): Float64Array {
    return this.state.values;
  }

  /** What loads are, in words: in their own unit, since conversion may make two of them equal. */
  get loadName(): string {
    return `latency estimate in ${this.linkerd ? 's' : 'ns'} x (in flight + 1)`;
  }

  /** The estimates of these hosts start now, where they have not yet. */
  know(hosts: readonly Host[]): void {
    for (const host of hosts) this.entry(host);
  }

  /** Reads the host's load into `loads`, and says where. Its estimate decays as an observation of 0 would leave it. */
  readLoad(host: Host): number {
    const at = this.entry(host);
    this.age(at);
    const { values } = this.state;
    const estimate = values[at + ESTIMATE] * values[at + KEPT];
    if (!this.linkerd) {
      values[at + ESTIMATE] = estimate;
      values[at + STAMP] = this.nowNs[0];
    }
    const inFlight = this.nodes.inFlight(host);
    const unanswered = estimate === 0 && inFlight > 0 && this.defaultRtt === 0;
    values[at + LOAD] = unanswered ? PENALTY + inFlight : estimate * (inFlight + 1);
    return at + LOAD;
  }

  observe(host: Host, latencyMs: number): void {
    const at = this.entry(host);
    this.age(at);
    this.state.values[at + LATENCY] = Math.round(latencyMs * NS_PER_MS);
    this.fromNs(at + LATENCY);
    this.take(at);
  }

  /** A failure is taken for a latency of `penaltyMs`, or of what the host is estimated at by now where that is more. */
  penalize(host: Host, penaltyMs: number): void {
    const at = this.entry(host);
    this.age(at);
    const { values } = this.state;
    values[at + LATENCY] = Math.round(penaltyMs * NS_PER_MS);
    this.fromNs(at + LATENCY);
    values[at + LATENCY] = Math.max(values[at + LATENCY], values[at + ESTIMATE] * values[at + KEPT]);
    this.take(at);
  }

  private take(at: number): void {
    const { values } = this.state;
    const kept = values[at + KEPT];
    const before = values[at + ESTIMATE];
    const latency = values[at + LATENCY];
    const isPeak = latency > (this.linkerd ? before * kept : before);
    // Two stores: the value of one expression would be boxed, as the compiler takes an argument for anything.
    if (isPeak) values[at + ESTIMATE] = latency;
    else values[at + ESTIMATE] = before * (this.linkerd ? 1 - (1 - kept) : kept) + latency * (1 - kept);
    values[at + STAMP] = this.nowNs[0];
  }

  /** How much of the estimate remains by now. */
  private age(at: number): void {
    const { values } = this.state;
    const now = Math.round(this.now[0] * NS_PER_MS);
    this.nowNs[0] = now;
    values[at + KEPT] = Math.max(now - values[at + STAMP], 0);
    this.fromNs(at + KEPT);
    values[at + KEPT] = Math.exp(-values[at + KEPT] / this.decayTime);
  }

  /** Linkerd's seconds are added up from whole ones and the rest, by Duration::as_secs_f64 of Rust. */
  private fromNs(place: number): void {
    if (!this.linkerd) return;
    const { values } = this.state;
    const ns = values[place];
    const seconds = Math.floor(ns / NS_PER_S);
    values[place] = seconds + (ns - seconds * NS_PER_S) / NS_PER_S;
  }

  private entry(host: Host): number {
    const at = this.state.at(host);
    const { values } = this.state;
    if (values[at + KNOWN] === 0) {
      values[at + ESTIMATE] = this.defaultRtt;
      values[at + STAMP] = Math.round(this.now[0] * NS_PER_MS);
      values[at + KNOWN] = 1;
    }
    return at;
  }
}

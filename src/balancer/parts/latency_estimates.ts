import { glibcExp } from '../../core/glibc_exp.ts';
import type { Host } from '../host.ts';
import type { FinagleNodes } from './finagle_nodes.ts';
import { PerHost } from './per_host.ts';

/** Finagle's Long.MaxValue >> 16, in nanoseconds: far above any load that was measured. */
const PENALTY = 2 ** 47 - 1;

const NS_PER_MS = 1e6;
const NS_PER_S = 1e9;

/** Where a host's numbers are among its own: its estimate, when that was brought up to date (in ns), 1 once it is known, and its load as last read. */
const ESTIMATE = 0;
const STAMP = 1;
const KNOWN = 2;
const LOAD = 3;
const WIDTH = 4;

/** Where the numbers of a call are: the time now in whole nanoseconds, how much remains of the estimate, and the latency being observed. */
const NOW = 0;
const KEPT = 1;
const LATENCY = 2;

export interface EstimateSettings {
  /** Mean lifetime of what is remembered, in milliseconds. */
  readonly decayTime: number;
  /** What a host joins with, in milliseconds; 0: nothing, and a penalty above all others while its first attempt is in flight. */
  readonly defaultRtt: number;
  /** Whether a latency replaces the estimate when it is above what that has decayed to, or above what it was last read as. */
  readonly peakAboveDecayed: boolean;
  /** Whether it is in Rust, whose exp is that of the machine's C library. Absent: it is not. */
  readonly inRust?: boolean;
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
  private readonly call = new Float64Array(3);
  private readonly linkerd: boolean;
  private readonly inRust: boolean;
  /** In what estimates are: nanoseconds, or Linkerd's seconds. */
  private readonly decayTime: number;
  private readonly defaultRtt: number;
  private readonly state = new PerHost(WIDTH);

  constructor({ decayTime, defaultRtt, peakAboveDecayed, inRust = false }: EstimateSettings, nodes: FinagleNodes) {
    this.nodes = nodes;
    this.linkerd = peakAboveDecayed;
    this.inRust = inRust;
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
    const { call } = this;
    const { values } = this.state;
    const estimate = values[at + ESTIMATE] * call[KEPT];
    if (!this.linkerd) {
      values[at + ESTIMATE] = estimate;
      values[at + STAMP] = call[NOW];
    }
    const inFlight = this.nodes.inFlight(host);
    const unanswered = estimate === 0 && inFlight > 0 && this.defaultRtt === 0;
    values[at + LOAD] = unanswered ? PENALTY + inFlight : estimate * (inFlight + 1);
    return at + LOAD;
  }

  observe(host: Host, latencyMs: number): void {
    const at = this.entry(host);
    this.call[LATENCY] = Math.round(latencyMs * NS_PER_MS);
    this.fromNs(LATENCY);
    this.take(at);
  }

  /** A failure is taken for a latency of `penaltyMs`, or of what the host is estimated at by now where that is more. */
  penalize(host: Host, penaltyMs: number): void {
    const at = this.entry(host);
    this.age(at);
    const { call } = this;
    call[LATENCY] = Math.round(penaltyMs * NS_PER_MS);
    this.fromNs(LATENCY);
    call[LATENCY] = Math.max(call[LATENCY], this.state.values[at + ESTIMATE] * call[KEPT]);
    this.take(at);
  }

  private take(at: number): void {
    const { call } = this;
    const { values } = this.state;
    const before = values[at + ESTIMATE];
    const latency = call[LATENCY];
    // Above what was read last is above what remains of it: most peaks need not know that.
    let isPeak = latency > before;
    if (!isPeak) {
      this.age(at);
      isPeak = this.linkerd && latency > before * call[KEPT];
    }
    const kept = call[KEPT];
    // Two stores: the value of one expression would be boxed, as the compiler takes an argument for anything.
    if (isPeak) values[at + ESTIMATE] = latency;
    else values[at + ESTIMATE] = before * (this.linkerd ? 1 - (1 - kept) : kept) + latency * (1 - kept);
    values[at + STAMP] = Math.round(this.now[0] * NS_PER_MS);
  }

  /** How much of the estimate remains by now. */
  private age(at: number): void {
    const { call } = this;
    const now = Math.round(this.now[0] * NS_PER_MS);
    call[NOW] = now;
    const ns = Math.max(now - this.state.values[at + STAMP], 0);
    if (this.linkerd) {
      const seconds = Math.floor(ns / NS_PER_S);
      call[KEPT] = -(seconds + (ns - seconds * NS_PER_S) / NS_PER_S) / this.decayTime;
    } else call[KEPT] = -ns / this.decayTime;
    if (this.inRust) glibcExp(call, KEPT);
    else call[KEPT] = Math.exp(call[KEPT]);
  }

  /** Linkerd's seconds are added up from whole ones and the rest, by Duration::as_secs_f64 of Rust. */
  private fromNs(place: number): void {
    if (!this.linkerd) return;
    const { call } = this;
    const ns = call[place];
    const seconds = Math.floor(ns / NS_PER_S);
    call[place] = seconds + (ns - seconds * NS_PER_S) / NS_PER_S;
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

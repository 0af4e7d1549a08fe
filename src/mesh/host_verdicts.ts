import type { Host } from '../balancer/host.ts';
import { type BeliefCause, causeBits } from '../core/belief_cause.ts';

/** Who is told what callers think of a host. */
export interface VerdictObserver {
  /**
   * Good: in view, healthy by active checks, not ejected and dead to no detector, panic disregarded. `evidenceAtMs`: when
   * the deciding probe or attempt was sent, what a detector goes by arose, or the snapshot's.
   */
  onBelief(host: Host, good: boolean, cause: BeliefCause, evidenceAtMs: number): void;
  /**
   * What one source by itself thinks of a host in view, where several together make the belief. Active checks begin with
   * nothing, which is no good verdict; all others with a good one. A host that leaves has none of any, but the registry's.
   */
  onVerdict?(host: Host, cause: BeliefCause, good: boolean, evidenceAtMs: number): void;
  /** The host may be picked for single requests that are to find out whether it is well, though it is not believed in. */
  onProbing?(host: Host, probing: boolean): void;
}

/**
 * One verdict per host with its reasons, as Envoy's health flags combine them: any reason against it is enough
 * (HostImplBase, coarseHealth). Tells the observer of what turns; whoever asks it tells the balancer.
 */
export class HostVerdicts {
  private readonly observer: VerdictObserver;
  /** By slot: the causes that speak against a host. It is believed in where none does. */
  private readonly against: number[] = [];
  /** By slot: those of them that let single requests through. It is healthy, for the balancer, where no others speak against it. */
  private readonly probing: number[] = [];
  /** By slot: the causes that speak against a host only since nothing has been heard of them yet. */
  private readonly unheard: number[] = [];

  constructor(observer: VerdictObserver) {
    this.observer = observer;
  }

  /**
   * A host is in view; `unshown`: bits of the causes to which it has yet to show that it is well. `awaited`: those of them of
   * which it is known when they have first been heard.
   */
  add({ slot }: Host, unshown: number, awaited: number): void {
    this.against[slot] = unshown;
    this.probing[slot] = 0;
    this.unheard[slot] = unshown & awaited;
  }

  /** The causes that nothing has been heard of yet, as bits. */
  unheardOf({ slot }: Host): number {
    return this.unheard[slot];
  }

  /** Whether none of these causes, given by their bits, speaks against the host. */
  clears({ slot }: Host, causes: number): boolean {
    return (this.against[slot] & causes) === 0;
  }

  believes({ slot }: Host): boolean {
    return this.against[slot] === 0;
  }

  /**
   * Whether the host is healthy, for the balancer, now that this cause thinks so of it. `probing`: single requests may go to
   * the host though it is bad; it is believed in again once they have succeeded.
   */
  judge(host: Host, cause: BeliefCause, bad: boolean, evidenceAtMs: number, probing = false): boolean {
    const { slot } = host;
    const bit = causeBits[cause];
    const [against, halfOpen] = [this.against[slot], this.probing[slot]];
    this.against[slot] = bad ? against | bit : against & ~bit;
    this.probing[slot] = probing ? halfOpen | bit : halfOpen & ~bit;
    this.unheard[slot] &= ~bit;
    if (this.against[slot] !== against) this.observer.onVerdict?.(host, cause, !bad, evidenceAtMs);
    const good = this.against[slot] === 0;
    if (good !== (against === 0)) this.observer.onBelief(host, good, cause, evidenceAtMs);
    if ((this.probing[slot] === 0) !== (halfOpen === 0)) this.observer.onProbing?.(host, halfOpen === 0);
    return this.serves(host);
  }

  /** Whether the host may serve, if for single requests; `disregarded`: causes, by their bits, that are not to count. */
  serves({ slot }: Host, disregarded = 0): boolean {
    return (this.against[slot] & ~this.probing[slot] & ~disregarded) === 0;
  }

  /** The host has left the view. */
  remove(host: Host, evidenceAtMs: number): void {
    if (this.clears(host, causeBits.registry)) this.observer.onVerdict?.(host, 'registry', false, evidenceAtMs);
    if (this.believes(host)) this.observer.onBelief(host, false, 'registry', evidenceAtMs);
    if (this.probing[host.slot] !== 0) this.observer.onProbing?.(host, false);
  }
}

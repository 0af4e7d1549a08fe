import type { Host } from '../host.ts';

const NONE = -1;

/**
 * The ready endpoints of Tower's and Linkerd's balancers, in the order that their draws count by. It is not the registry's:
 * whoever is picked leaves its place to the last one and, ready again at once, comes last; so does whoever is taken out
 * leave its place. One that cannot be picked any more stays until it is chosen: then it is taken out, and drawn for again.
 * It comes last once it is well again.
 *
 * Tower looks at who is ready, the one picked last included, when the next request comes, after who has left; Linkerd at once
 * (`prompt`). Those who come at the same time are taken in the registry's order. O(1) per pick, O(n) per rebuild.
 *
 * Sources: tower/src/ready_cache/cache.rs, call_ready_index, check_ready_index, evict and poll_pending;
 * tower/src/balance/p2c/service.rs, poll_ready; linkerd2-proxy linkerd/proxy/balance/queue/src/worker.rs, drive_pool.
 */
export class ReadyList {
  /** In order. Changed in place. */
  readonly hosts: Host[] = [];
  private readonly prompt: boolean;
  private members: ReadonlySet<Host> = new Set();
  private open: ReadonlySet<Host> = new Set();
  /** Those that are ready, and not in the list yet: well again, and new. */
  private woken: Host[] = [];
  private joined: Host[] = [];
  /** Of the last pick: those chosen in vain, and the place of the one picked, which has yet to leave it; or NONE. */
  private inVain: Host[] = [];
  private picked = NONE;

  constructor(prompt: boolean) {
    this.prompt = prompt;
  }

  rebuild(members: readonly Host[], eligible: readonly Host[]): void {
    if (this.prompt) this.begin();
    const was = this.members;
    this.members = new Set(members);
    this.open = new Set(eligible);
    for (const host of was) if (!this.members.has(host)) this.evict(host);
    const known = new Set([...this.hosts, ...this.inVain, ...this.woken, ...this.joined]);
    for (const host of eligible) if (!known.has(host)) (was.has(host) ? this.woken : this.joined).push(host);
    if (this.prompt) this.begin();
  }

  /** Before the draws of a pick: brings in who is ready. Then there is somebody who can be picked. */
  begin(): void {
    const { hosts, picked } = this;
    if (this.inVain.length + this.woken.length + this.joined.length > 0) this.takeIn();
    else if (picked !== NONE) {
      const host = hosts[picked];
      hosts[picked] = hosts[hosts.length - 1];
      hosts[hosts.length - 1] = host;
      if (!this.open.has(host)) hosts.pop();
    }
    this.picked = NONE;
  }

  /** The host at this place, and the pick is made; or null: it cannot be picked, is taken out, and is to be drawn for again. */
  call(place: number): Host | null {
    const host = this.hosts[place];
    if (this.open.has(host)) {
      this.picked = place;
      return host;
    }
    this.takeOut(place);
    this.inVain.push(host);
    return null;
  }

  isReady(host: Host): boolean {
    return this.open.has(host);
  }

  private takeIn(): void {
    this.release();
    for (const host of [...this.woken, ...this.joined]) if (this.open.has(host)) this.hosts.push(host);
    this.woken = [];
    this.joined = [];
  }

  /** All that the last pick has looked at are asked again whether they are ready, in this order. */
  private release(): void {
    const { hosts, inVain, picked } = this;
    const last = picked === NONE ? [] : [hosts[picked]];
    if (picked !== NONE) this.takeOut(picked);
    this.woken = [...inVain, ...last, ...this.woken];
    this.inVain = [];
    this.picked = NONE;
  }

  private takeOut(place: number): void {
    const { hosts } = this;
    hosts[place] = hosts[hosts.length - 1];
    hosts.pop();
  }

  private evict(host: Host): void {
    this.release();
    this.woken = this.woken.filter((other) => other !== host);
    this.joined = this.joined.filter((other) => other !== host);
    const place = this.hosts.indexOf(host);
    if (place !== -1) this.takeOut(place);
  }
}

import type { HashText } from '../../core/hash/hash_text.ts';
import { type Key, NO_KEY } from '../../core/key.ts';
import type { Host } from '../host.ts';
import type { BoundedLoad } from '../parts/bounded_load.ts';
import type { HashRing } from '../parts/hash_ring.ts';
import { type ProportionalRingRules, proportionalRing, sharesOf } from '../parts/proportional_ring.ts';
import { RequestHash } from '../parts/request_hash.ts';
import { hex64, type PickMade, type PickReason, ruled } from '../pick_reason.ts';
import type { Strategy, StrategyPorts, WeightOf } from '../strategy.ts';

/**
 * Envoy's RING_HASH (ring_hash_lb.cc, thread_aware_lb_impl.cc): a ring of the eligible hosts; the host of the first
 * point at the key's hash or after it. Turned down a times, the point a places further. Without a key the hash is random.
 */
export class EnvoyRingHash implements Strategy {
  private readonly rules: ProportionalRingRules;
  private readonly bounded: BoundedLoad | null;
  private readonly hash: RequestHash;
  private hosts: readonly Host[] = [];
  private ring: HashRing | null = null;

  constructor(rules: ProportionalRingRules, keyHash: HashText, bounded: BoundedLoad | null, ports: StrategyPorts) {
    this.rules = rules;
    this.bounded = bounded;
    this.hash = new RequestHash(ports, keyHash);
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    this.hosts = eligible.slice();
    const shares = sharesOf(eligible, weightOf);
    this.ring = eligible.length === 0 ? null : proportionalRing(eligible, shares, this.rules);
    this.bounded?.rebuild(members, this.hosts, shares);
  }

  selector(key: Key): number {
    return this.hash.selector(key);
  }

  pick(key: Key, attempt: number): Host {
    const { halves } = this.hash;
    this.hash.take(key);
    const ring = this.ring as HashRing;
    const point = ring.successor(halves[0], halves[1]);
    const index = ring.owner[attempt === 0 ? point : (point + attempt) % ring.size];
    return this.hosts[this.bounded === null ? index : this.bounded.choose(index, halves[1])];
  }

  explain({ host, key, attempt }: PickMade): PickReason {
    const { halves } = this.hash;
    const ring = this.ring as HashRing;
    const point = (ring.successor(halves[0], halves[1]) + attempt) % ring.size;
    const owner = this.hosts[ring.owner[point]];
    const what = key === NO_KEY ? 'no key, so a random hash' : 'the hash of its key';
    const found = `${what}, ${hex64(halves[0], halves[1])}, leads to point ${point + 1} of ${ring.size} on the ring`;
    return ruled(owner === host ? found : `${found}, of ${owner.instance.id}, which has its bound of load`);
  }

  onStart(): void {
    this.bounded?.onStart();
  }

  onEnd(): void {
    this.bounded?.onEnd();
  }
}

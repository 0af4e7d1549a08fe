import type { HashText } from '../../core/hash/hash_text.ts';
import { xxh64 } from '../../core/hash/xxh64.ts';
import type { Key } from '../../core/key.ts';
import type { Host } from '../host.ts';
import type { BoundedLoad } from '../parts/bounded_load.ts';
import { hashKeyOf } from '../parts/hash_key.ts';
import { sharesOf } from '../parts/proportional_ring.ts';
import { RequestHash } from '../parts/request_hash.ts';
import { comparedBy, type PickMade, type PickReason, ruled } from '../pick_reason.ts';
import type { Strategy, StrategyPorts, WeightOf } from '../strategy.ts';

/** The multiplier of xorshift*, 2685821657736338717, in halves; the low one in halves again. */
const MULTIPLIER_HIGH = 0x2545f491;
const MULTIPLIER_LOW = 0x4f6cdd1d;
const LOW_HIGH = 0x4f6c;
const LOW_LOW = 0xdd1d;
/** 2^-p, by p. */
const NEGATIVE_POWERS = Float64Array.from({ length: 54 }, (_, p) => 2 ** -p);

/**
 * The rendezvous_hash proposed for Envoy, in no release by 2026-08: each host draws a lot for the key, -share / ln x, and the highest wins, the first among equals.
 * x in [0, 1) is the low 53 bits of the xorshift* of the key's hash xor the host's; the logarithm is approximated to
 * within 1%. For the a-th selection after a host turned the request down, the hash is first xored with 2^64 - a.
 *
 * 64-bit numbers are halves, since a number holds 53 bits only. O(n) per pick and per rebuild.
 * Source: envoyproxy/envoy, pull request 43192 at aab63aca, rendezvous_hash_lb.cc (computeScore, fastLog2);
 * thread_aware_lb_impl.cc.
 */
export class EnvoyRendezvous implements Strategy {
  private readonly bounded: BoundedLoad | null;
  private readonly hash: RequestHash;
  private hosts: readonly Host[] = [];
  /** Per host, the halves of the hash of its key, its share of the weight, and what it has drawn for the key at hand. */
  private high = new Int32Array(0);
  private low = new Int32Array(0);
  private shares: Float64Array = new Float64Array(0);
  private lots = new Float64Array(0);

  constructor(keyHash: HashText, bounded: BoundedLoad | null, ports: StrategyPorts) {
    this.bounded = bounded;
    this.hash = new RequestHash(ports, keyHash);
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    this.hosts = eligible.slice();
    this.shares = sharesOf(eligible, weightOf);
    this.lots = new Float64Array(eligible.length);
    this.high = new Int32Array(eligible.length);
    this.low = new Int32Array(eligible.length);
    const halves = new Uint32Array(2);
    eligible.forEach((host, i) => {
      xxh64(hashKeyOf(host.instance), halves);
      this.high[i] = halves[0];
      this.low[i] = halves[1];
    });
    this.bounded?.rebuild(members, this.hosts, this.shares);
  }

  selector(key: Key): number {
    return this.hash.selector(key);
  }

  pick(key: Key, attempt: number): Host {
    const { halves } = this.hash;
    this.hash.take(key);
    if (attempt === 0) this.drawLots(halves[0], halves[1]);
    else this.drawLots(~halves[0], halves[1] ^ -attempt);
    const index = this.highest();
    return this.hosts[this.bounded === null ? index : this.bounded.choose(index, halves[1])];
  }

  explain({ host }: PickMade): PickReason {
    const { hosts, lots } = this;
    const first = hosts[this.highest()];
    if (first !== host)
      return ruled(`the highest lot for the key is that of ${first.instance.id}, which has its bound of load`);
    return comparedBy('lot for the key', hosts, (one) => lots[hosts.indexOf(one)], 'the highest lot', 'highest');
  }

  onStart(): void {
    this.bounded?.onStart();
  }

  onEnd(): void {
    this.bounded?.onEnd();
  }

  /** By the halves of the key's hash. */
  private drawLots(keyHigh: number, keyLow: number): void {
    const { lots, shares } = this;
    for (let i = 0; i < lots.length; i++) {
      let high = keyHigh ^ this.high[i];
      let low = keyLow ^ this.low[i];
      low ^= (low >>> 12) | (high << 20);
      high ^= high >>> 12;
      high ^= (high << 25) | (low >>> 7);
      low ^= low << 25;
      low ^= (low >>> 27) | (high << 5);
      high ^= high >>> 27;
      // The high half of the product: that of the low halves, by halves of theirs, and the low halves of the crosswise ones.
      const inner = (low >>> 16) * LOW_LOW + (((low & 0xffff) * LOW_LOW) >>> 16);
      const outer = (low & 0xffff) * LOW_HIGH + (inner & 0xffff);
      const carried = (low >>> 16) * LOW_HIGH + (inner >>> 16) + (outer >>> 16);
      const top = (carried + Math.imul(high, MULTIPLIER_LOW) + Math.imul(low, MULTIPLIER_HIGH)) & 0x1fffff;
      const bottom = Math.imul(low, MULTIPLIER_LOW) >>> 0;
      // x = m 2^(p - 53), m from 1 to 2, or from 0.75 on once halved; of 0 the double's exponent is -1023.
      const p = top !== 0 ? 63 - Math.clz32(top) : 31 - Math.clz32(bottom);
      const m = p < 0 ? 1 : (top * 2 ** 32 + bottom) * NEGATIVE_POWERS[p];
      const halved = m >= 1.5 ? 1 : 0;
      const t = m * NEGATIVE_POWERS[halved] - 1;
      const exponent = p < 0 ? -1023 : p - 53 + halved;
      const log2 = exponent + (t * (0.338953 * t + 2.198599)) / (t + 1.523692);
      lots[i] = -shares[i] / (log2 * Math.LN2);
    }
  }

  /** The index of the highest lot. */
  private highest(): number {
    const { lots } = this;
    let best = 0;
    for (let i = 1; i < lots.length; i++) if (lots[i] > lots[best]) best = i;
    return best;
  }
}

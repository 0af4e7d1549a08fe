import { fmix32 } from '../../core/digest.ts';
import { envoyHashPolicies } from '../../core/hash/hash_policies.ts';
import { type HashText, mod } from '../../core/hash/hash_text.ts';
import { type KeyHashes, keyHashes } from '../../core/hash/key_hashes.ts';
import { xxh64 } from '../../core/hash/xxh64.ts';
import { type Key, NO_KEY } from '../../core/key.ts';
import type { Random } from '../../core/random.ts';
import type { StrategyPorts } from '../strategy.ts';

/** Of a strategy whose system has hash policies. */
export const hashPolicies = {
  type: 'choice',
  values: ['one', 'several'],
  default: 'one',
  doc: 'Hash policies of the route; several: a key has a part for each, empty where it finds nothing, ended by a tab, or by | where it is terminal.',
} as const;

export function envoyKeyHash(policies: (typeof hashPolicies)['values'][number]): HashText {
  return policies === 'one' ? xxh64 : envoyHashPolicies;
}

/**
 * The 64 bits a request is balanced by: the XXH64 of its key (Envoy: HashPolicyImpl), or random ones where it has none
 * (Envoy: ThreadAwareLoadBalancerBase::LoadBalancerImpl::chooseHost). Random ones are one draw of 32 bits and what
 * `fmix32` makes of it, so they are the same for all hosts a send is turned down by, whichever host sets these are of.
 */
export class RequestHash {
  /** As of the last `take`: the high half, then the low one; signed. */
  readonly halves = new Int32Array(2);
  private readonly random: Random;
  private readonly hashes: KeyHashes;

  constructor({ random, keyText }: StrategyPorts, hash: HashText = xxh64) {
    this.random = random;
    this.hashes = keyHashes(keyText, hash);
  }

  /**
   * For `Strategy.selector`: the same hash, as far as the choice of a priority looks at it, which is modulo 100; without
   * a key, the one draw.
   */
  selector(key: Key): number {
    if (key === NO_KEY) return this.random.int32();
    const at = this.hashes.at(key);
    return mod(this.hashes.high[at], this.hashes.low[at], 100);
  }

  /** The same for a system that has no such rule: cheaper, and no more than that equal keys have equal numbers. */
  number(key: Key): number {
    return key === NO_KEY ? this.random.int32() : fmix32(key) >>> 1;
  }

  /** The hash of a pick; `draw` is what `selector` or `number` gave for this send. */
  take(key: Key, draw: number): void {
    const { halves } = this;
    if (key !== NO_KEY) {
      const at = this.hashes.at(key);
      halves[0] = this.hashes.high[at];
      halves[1] = this.hashes.low[at];
    } else {
      // What places the request on a ring is far from what chose its priority.
      halves[0] = fmix32(draw);
      halves[1] = draw;
    }
  }
}

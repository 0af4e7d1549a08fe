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
 * The 64 bits a request is balanced by: the XXH64 of its key (Envoy: HashPolicyImpl), or random ones where it has none: one
 * draw, as in Envoy (ThreadAwareLoadBalancerBase::LoadBalancerImpl::chooseHost) and gRPC (A76). It is drawn for the choice of
 * the priority, and the same for all hosts a send is turned down by, whichever host sets these are of.
 */
export class RequestHash {
  /** As of the last `take`: the high half, then the low one; signed. */
  readonly halves = new Int32Array(2);
  private readonly random: Random;
  private readonly keyless: Int32Array;
  private readonly hashes: KeyHashes;

  constructor({ random, keyless, keyText }: StrategyPorts, hash: HashText = xxh64) {
    this.random = random;
    this.keyless = keyless;
    this.hashes = keyHashes(keyText, hash);
  }

  /** For `Strategy.selector`: the hash, as far as the choice of a priority looks at it, which is modulo 100. */
  selector(key: Key): number {
    if (key === NO_KEY) {
      this.random.uint64(this.keyless);
      return mod(this.keyless[0], this.keyless[1], 100);
    }
    const at = this.hashes.at(key);
    return mod(this.hashes.high[at], this.hashes.low[at], 100);
  }

  /** The same for a system that has no such rule: cheaper, and no more than that equal keys have equal numbers. */
  number(key: Key): number {
    if (key !== NO_KEY) return fmix32(key) >>> 1;
    this.random.uint64(this.keyless);
    return this.keyless[1];
  }

  /** The hash of a pick, for which `selector` or `number` of the worker was asked last. */
  take(key: Key): void {
    const { halves } = this;
    if (key !== NO_KEY) {
      const at = this.hashes.at(key);
      halves[0] = this.hashes.high[at];
      halves[1] = this.hashes.low[at];
    } else {
      halves[0] = this.keyless[0];
      halves[1] = this.keyless[1];
    }
  }
}

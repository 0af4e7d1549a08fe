import { type HashText, mod } from '../../core/hash/hash_text.ts';
import { type Key, NO_KEY } from '../../core/key.ts';
import type { Host } from '../host.ts';
import { BoundedLoad, balanceFactorProblem, boundsLoad, hashBalanceFactor } from '../parts/bounded_load.ts';
import { hashKeyOf } from '../parts/hash_key.ts';
import { type MaglevTable, maglevTable } from '../parts/maglev_table.ts';
import { sharesOf } from '../parts/proportional_ring.ts';
import { envoyKeyHash, hashPolicies, RequestHash } from '../parts/request_hash.ts';
import { hex64, type PickMade, type PickReason, ruled } from '../pick_reason.ts';
import { defineStrategy, type Strategy, type StrategyPorts, type WeightOf } from '../strategy.ts';

/** Envoy's limit (maglev.proto). */
const MAX_TABLE_SIZE = 5_000_011;

/**
 * Envoy's MAGLEV: a table of slots that hosts fill by turns, each host in an order of its own; the hash of a request's
 * key, modulo the size of the table, is the slot that says who serves it. Loads of equal hosts differ by one slot at
 * most, which no ring does; for that a few more keys move than those of a host that joins or leaves.
 *
 * A host turned down for the a-th time: the slot of the hash xor 2^64 - a instead. A request without a key gets a random
 * hash. Hosts beyond the number of slots get none. O(1) per pick; a rebuild fills the table, about size x ln(size) steps.
 */
export const maglev = defineStrategy({
  name: 'maglev',
  doc: 'A key always to the same host, by a table that gives each host its share of the keys almost exactly.',
  options: {
    // A descriptor cannot say `prime`; `create` does, and names the limits as well.
    tableSize: {
      type: 'integer',
      min: 2,
      max: MAX_TABLE_SIZE,
      default: 65_537,
      doc: 'Slots of the table: a prime number from 2 to 5000011. With 100 or more a host, equal hosts differ by 1% at most.',
    },
    hashBalanceFactor,
    hashPolicies,
  },
  variants: [
    {
      when: {},
      system: 'Envoy MAGLEV',
      source: 'maglev_lb.cc; Eisenbud et al., NSDI 2016',
      traits: { evenness: 'none', weighted: 'table', affinity: 'nearly', feedback: 'none', cost: 'O(1)' },
    },
    {
      when: { hashBalanceFactor: 150 },
      fits: boundsLoad,
      system: 'Envoy MAGLEV with hash_balance_factor',
      source: 'thread_aware_lb_impl.cc, BoundedLoadHashingLoadBalancer',
      // O(n) where the host is overloaded.
      traits: { evenness: 'none', weighted: 'table', affinity: 'nearly', feedback: 'inFlight', cost: 'O(n)' },
    },
  ],
  check: ({ tableSize, hashBalanceFactor }) => {
    if (!isPrime(tableSize)) return { option: 'tableSize', expected: 'a prime' };
    return balanceFactorProblem(hashBalanceFactor);
  },
  create: ({ options: { tableSize, hashBalanceFactor, hashPolicies }, ...ports }) => {
    const bounded = hashBalanceFactor > 0 ? new BoundedLoad(hashBalanceFactor, ports.attempts) : null;
    return new Maglev(tableSize, envoyKeyHash(hashPolicies), bounded, ports);
  },
});

class Maglev implements Strategy {
  private readonly size: number;
  private readonly bounded: BoundedLoad | null;
  private readonly hash: RequestHash;
  private hosts: readonly Host[] = [];
  private table: MaglevTable = { owner: new Uint8Array(0), order: new Uint32Array(0) };

  constructor(size: number, keyHash: HashText, bounded: BoundedLoad | null, ports: StrategyPorts) {
    this.size = size;
    this.bounded = bounded;
    this.hash = new RequestHash(ports, keyHash);
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    this.hosts = eligible.slice();
    const shares = sharesOf(eligible, weightOf);
    const keys = eligible.map((host) => hashKeyOf(host.instance));
    if (eligible.length > 0) this.table = maglevTable(keys, shares, this.size);
    this.bounded?.rebuild(members, this.hosts, shares);
  }

  selector(key: Key): number {
    return this.hash.selector(key);
  }

  pick(key: Key, attempt: number): Host {
    this.hash.take(key);
    const index = this.table.order[this.table.owner[this.slotOf(attempt)]];
    return this.hosts[this.bounded === null ? index : this.bounded.choose(index, this.hash.halves[1])];
  }

  explain({ host, key, attempt }: PickMade): PickReason {
    const { halves } = this.hash;
    const slot = this.slotOf(attempt);
    const owner = this.hosts[this.table.order[this.table.owner[slot]]];
    const what = key === NO_KEY ? 'no key, so a random hash' : 'the hash of its key';
    const found = `${what}, ${hex64(halves[0], halves[1])}, leads to slot ${slot} of ${this.size} in the table`;
    return ruled(owner === host ? found : `${found}, of ${owner.instance.id}, which has its bound of load`);
  }

  private slotOf(attempt: number): number {
    const { halves } = this.hash;
    return attempt === 0 ? mod(halves[0], halves[1], this.size) : mod(~halves[0], halves[1] ^ -attempt, this.size);
  }

  onStart(): void {
    this.bounded?.onStart();
  }

  onEnd(): void {
    this.bounded?.onEnd();
  }
}

function isPrime(n: number): boolean {
  if (!Number.isInteger(n) || n < 2) return false;
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return true;
}

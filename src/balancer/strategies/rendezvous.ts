import { fmix32 } from '../../core/digest.ts';
import { xxh64 } from '../../core/hash/xxh64.ts';
import type { Key } from '../../core/key.ts';
import type { Host } from '../host.ts';
import { BoundedLoad, balanceFactorProblem, boundsLoad, hashBalanceFactor } from '../parts/bounded_load.ts';
import { hashKeyOf } from '../parts/hash_key.ts';
import { envoyKeyHash, hashPolicies, RequestHash } from '../parts/request_hash.ts';
import { comparedBy, type PickReason } from '../pick_reason.ts';
import { defineStrategy, type Strategy, type StrategyPorts, type StrategyTraits, type WeightOf } from '../strategy.ts';
import { EnvoyRendezvous } from './envoy_rendezvous.ts';

/** No release has it, nor has the API of 2026-08 (go-control-plane at 2b88c161). */
const forEnvoy =
  'envoyproxy/envoy pull request 43192 (2026-01, closed, in no release): rendezvous_hash_lb.cc, thread_aware_lb_impl.cc';
const traits: StrategyTraits = {
  evenness: 'statistical',
  weighted: 'proportional',
  affinity: 'minimal',
  feedback: 'none',
  cost: 'O(n)',
};

/**
 * Rendezvous hashing, also called highest random weight: each host draws a lot for the key, the highest wins. A host
 * that joins or leaves, or whose weight changes, moves no key but those it wins or loses, and shares are even without a
 * table or a ring. No proxy offers it for requests; `system: envoy` is what was proposed for Envoy, see `EnvoyRendezvous`.
 *
 * Textbook: a lot u in (0, 1) is the XXH64 of the key xor that of the host's hash key, mixed by the finalizer of MurmurHash3, so
 * that no string is made; of hosts with one hash key only the first by id is picked. With unequal weights the highest
 * -w / ln u wins, which gives each host keys in proportion to its weight. A host turned down for the a-th time: the one that came in a places later.
 *
 * With `hashBalanceFactor` hosts whose attempts in flight have reached their share of those of all hosts that may be
 * picked, the one to be placed included, times the factor, come in after all others (Mirrokni, Thorup and Zadimoghaddam,
 * Consistent Hashing with Bounded Loads, 2016).
 *
 * Every pick looks at every host, and at them again for each host turned down: for some hundreds of hosts, not thousands.
 */
export const rendezvous = defineStrategy({
  name: 'rendezvous',
  doc: 'A key always to the host that draws the highest lot for it: even and moving no key without need, O(n) per pick.',
  options: {
    system: {
      type: 'choice',
      values: ['textbook', 'envoy'],
      default: 'textbook',
      doc: 'Whose lots: envoy: those proposed for it (in no release), always by weight, and approximate.',
    },
    weighted: {
      type: 'boolean',
      default: true,
      doc: 'Whether hosts get keys in proportion to their weights.',
      for: [{ system: ['textbook'] }],
    },
    hashBalanceFactor,
    hashPolicies: { ...hashPolicies, for: [{ system: ['envoy'] }] },
  },
  variants: [
    {
      when: {},
      system: 'weighted rendezvous hashing',
      source: 'Schindelhauer and Schomaker, Weighted Distributed Hash Tables, SPAA 2005: the logarithmic method',
      traits,
    },
    {
      when: { weighted: false },
      system: 'rendezvous hashing',
      source: 'Thaler and Ravishankar, IEEE/ACM Transactions on Networking 6(1), 1998',
      traits: { ...traits, weighted: 'none' },
    },
    {
      when: { hashBalanceFactor: 150 },
      fits: (options) => options.system === 'textbook' && options.weighted === true && boundsLoad(options),
      system: 'weighted rendezvous hashing with bounded loads',
      source: 'Mirrokni, Thorup and Zadimoghaddam, Consistent Hashing with Bounded Loads, 2016',
      traits: { ...traits, feedback: 'inFlight' },
    },
    {
      when: { weighted: false, hashBalanceFactor: 150 },
      fits: (options) => options.system === 'textbook' && options.weighted === false && boundsLoad(options),
      system: 'rendezvous hashing with bounded loads',
      source: 'Mirrokni, Thorup and Zadimoghaddam, Consistent Hashing with Bounded Loads, 2016',
      traits: { ...traits, weighted: 'none', feedback: 'inFlight' },
    },
    { when: { system: 'envoy' }, system: 'rendezvous_hash proposed for Envoy', source: forEnvoy, traits },
    {
      when: { system: 'envoy', hashBalanceFactor: 150 },
      fits: (options) => options.system === 'envoy' && boundsLoad(options),
      system: 'rendezvous_hash proposed for Envoy, with hash_balance_factor',
      source: forEnvoy,
      traits: { ...traits, feedback: 'inFlight' },
    },
  ],
  check: ({ hashBalanceFactor }) => balanceFactorProblem(hashBalanceFactor),
  create: ({ options: { system, weighted, hashBalanceFactor, hashPolicies }, ...ports }) => {
    if (system === 'textbook') return new Rendezvous(weighted, hashBalanceFactor, ports);
    const bounded = hashBalanceFactor === 0 ? null : new BoundedLoad(hashBalanceFactor, ports.attempts);
    return new EnvoyRendezvous(envoyKeyHash(hashPolicies), bounded, ports);
  },
});

class Rendezvous implements Strategy {
  private readonly weighted: boolean;
  private readonly factor: number;
  private readonly hash: RequestHash;
  private hosts: readonly Host[] = [];
  /** Per host, the halves of the hash of its key, and its weight. */
  private high = new Uint32Array(0);
  private low = new Uint32Array(0);
  private weights = new Float64Array(0);
  private total = 0;
  private equal = true;
  /** Per host, what it has drawn for the key at hand. */
  private lots = new Float64Array(0);

  constructor(weighted: boolean, factor: number, ports: StrategyPorts) {
    this.weighted = weighted;
    this.factor = factor;
    this.hash = new RequestHash(ports);
  }

  rebuild(_members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    // By id, so that not even a tie depends on the order of the list.
    this.hosts = eligible.toSorted((a, b) => (a.instance.id < b.instance.id ? -1 : 1));
    this.weights = Float64Array.from(this.hosts, (host) => (this.weighted ? weightOf(host) : 1));
    this.equal = this.weights.every((weight) => weight === this.weights[0]);
    // Shares of a sum of tenths would be rounded.
    if (this.equal) this.weights.fill(1);
    this.total = this.weights.reduce((sum, weight) => sum + weight, 0);
    this.lots = new Float64Array(this.hosts.length);
    this.high = new Uint32Array(this.hosts.length);
    this.low = new Uint32Array(this.hosts.length);
    const halves = new Uint32Array(2);
    this.hosts.forEach((host, i) => {
      xxh64(hashKeyOf(host.instance), halves);
      this.high[i] = halves[0];
      this.low[i] = halves[1];
    });
  }

  selector(key: Key): number {
    return this.hash.selector(key);
  }

  pick(key: Key, attempt: number): Host {
    this.hash.take(key);
    this.drawLots();
    if (this.factor > 0) this.putBackFull();
    for (let passed = attempt % this.hosts.length; passed > 0; passed--) this.lots[this.highest()] = -Infinity;
    return this.hosts[this.highest()];
  }

  explain(): PickReason {
    const { hosts, lots } = this;
    // Those that were turned down have none.
    const inPlay = hosts.filter((_, i) => lots[i] > -Infinity);
    const rule = this.factor > 0 ? 'the highest lot; hosts with their bound of load come last' : 'the highest lot';
    return comparedBy('lot for the key', inPlay, (host) => lots[hosts.indexOf(host)], rule, 'highest');
  }

  onStart(): void {}

  onEnd(): void {}

  /** All lots are above 0. */
  private drawLots(): void {
    const { high, low, weights, lots, equal } = this;
    const keyHigh = this.hash.halves[0];
    const keyLow = this.hash.halves[1];
    for (let i = 0; i < lots.length; i++) {
      // Crosswise, so that each half depends on both, and invertible, so that no two of 2^64 become alike. The multipliers
      // are primes of XXH32.
      const b = keyLow ^ low[i];
      const x = fmix32(keyHigh ^ high[i] ^ Math.imul(b, 0x9e3779b1));
      const y = fmix32(b ^ Math.imul(x, 0x85ebca77));
      // 52 bits and a half, so that it is neither 0 nor 1.
      const u = ((x >>> 0) * 2 ** 20 + (y >>> 12) + 0.5) / 2 ** 52;
      lots[i] = equal ? u : -weights[i] / Math.log(u);
    }
  }

  /** Puts those that have no room after all others, and leaves them in their order. */
  private putBackFull(): void {
    const { hosts, weights, lots } = this;
    let active = 1;
    for (let i = 0; i < hosts.length; i++) active += hosts[i].inFlight;
    // In whole slots, as Envoy counts them (thread_aware_lb_impl.cc), each host one at least. From 100 on they are more
    // than there are attempts, so somebody has room.
    const slots = Math.floor((active * this.factor + 99) / 100);
    for (let i = 0; i < hosts.length; i++) {
      const own = Math.max(1, Math.ceil((slots * weights[i]) / this.total));
      if (hosts[i].inFlight >= own) lots[i] = -1 / lots[i];
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

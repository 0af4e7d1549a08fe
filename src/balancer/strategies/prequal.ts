import type { Clock } from '../../core/clock.ts';
import type { Key } from '../../core/key.ts';
import type { OptionValues } from '../../core/options.ts';
import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { ProbePool, UNLIMITED } from '../parts/probe_pool.ts';
import { RecentRifs } from '../parts/recent_rifs.ts';
import { Seats } from '../parts/seats.ts';
import { comparedAs, type Explain, type PickReason, ruled } from '../pick_reason.ts';
import { defineStrategy, type LoadProbe, type Strategy } from '../strategy.ts';

/** Answers that the distribution of requests in flight is estimated from. The paper says only that they are recent. */
const RIF_WINDOW = 128;

/** With fewer answers in the pool a random host is picked; the paper's figure (section 4). */
const MIN_POOL = 2;

const options = {
  poolSize: {
    type: 'integer',
    min: 2,
    max: 128,
    default: 16,
    doc: 'Probe answers kept to choose from. Should be much smaller than the number of hosts, as 16 of 100 in the paper: then answers are used once or twice, and are fresh.',
  },
  probeRate: {
    type: 'number',
    min: 0,
    max: 32,
    default: 3,
    doc: 'Probes sent per request, to hosts drawn without replacement; may be a fraction.',
  },
  removeRate: {
    type: 'number',
    min: 0,
    max: 32,
    default: 1,
    doc: 'Answers taken out of the pool per request, in turn the oldest and the worst; may be a fraction.',
  },
  rifQuantile: {
    type: 'share',
    min: 0,
    max: 1,
    default: 0.84,
    doc: 'A host with more in flight than this quantile of recent answers is hot; at 0 every host is, so that requests in flight alone decide, at 100% none is, and latency alone decides.',
  },
  atQuantile: {
    type: 'choice',
    values: ['cold', 'hot'],
    default: 'cold',
    doc: 'What a host is that has just as many in flight as the quantile: cold as section 4 of the paper defines it, hot as section 5.3 tells of its experiment.',
  },
  delta: {
    type: 'number',
    min: 0,
    max: 1000,
    default: 1,
    doc: 'How fast answers are to gather in the pool: a larger one lets each be used more often.',
  },
  probeAge: {
    type: 'duration',
    min: 1,
    default: 1000,
    doc: 'Answers older than this are not used.',
  },
} as const;

/**
 * Prequal with asynchronous probes. Each request is placed by what earlier probes found and sends probes for later ones.
 *
 * - The pool holds the latest answer of at most `poolSize` hosts: requests in flight (RIF) and the latency to expect.
 *   An answer leaves it when the pool is full and it is the oldest, when it is older than `probeAge` (from its arrival, as
 *   there), when it has been used up, by the removals below, or when a newer one of its host arrives: the paper names the
 *   first four, and the limit of reuse below counts on the last.
 * - Hot is an answer with more in flight than the `rifQuantile` of the last 128 answers, a number of ours. Of the cold ones
 *   the lowest latency is picked; where all are hot, the fewest in flight; among equals the oldest, which is ours too. With
 *   fewer than two answers a host is drawn uniformly.
 * - An answer right at the quantile is cold by the definition of section 4, where hot ones exceed it. Section 5.3 counts
 *   replicas that share the highest number as hot at 0.999: that is `atQuantile: hot`.
 * - Each request sent to a host counts as one more in flight in its answer.
 * - Each request takes `removeRate` answers out, in turn the oldest and the worst (the hot one with the most in flight,
 *   else the cold one of the highest latency): what is good gets used up, so bad answers would gather. The oldest is first,
 *   and a request removes after it has chosen: the paper leaves both open.
 * - Fractional rates are rounded so that after k requests floor(k x rate) were sent or removed.
 * - An answer may be used max(1, (1 + delta) / ((1 - poolSize/hosts) x probeRate - removeRate)) times, rounded at random
 *   with this mean. The first factor is the share of probes that reach a host without an answer in the pool. Where as many
 *   leave as arrive (few hosts) the limit goes to infinity, and there is none.
 *
 * Not here: the synchronous mode, probes at idle times, probe timeouts, and the heuristics against hosts that fail fast,
 * which the paper mentions without their details; pair it with health checks. A lone host is picked without probes.
 * Weights are ignored. O(poolSize) per pick, O(n) per rebuild.
 */
export const prequal = defineStrategy({
  name: 'prequal',
  doc: 'The fastest host that is not crowded, by probes sent ahead that ask hosts for their load; ignores weights.',
  options,
  variants: [
    {
      when: {},
      system: 'Prequal, asynchronous',
      source: 'Wydrowski et al., Load is not what you should balance: Introducing Prequal, NSDI 2024, section 4',
      traits: { evenness: 'none', weighted: 'none', affinity: 'none', feedback: 'report', cost: 'O(1)' },
    },
  ],
  create: ({ options: values, random, clock, probeLoad }) => {
    if (probeLoad === null) throw new RangeError('prequal: it needs load probes, and nobody answers them here');
    return new Prequal(values, random, clock, probeLoad);
  },
});

type Options = OptionValues<typeof options>;

class Prequal implements Strategy {
  private readonly options: Options;
  private readonly random: Random;
  private readonly clock: Pick<Clock, 'now'>;
  private readonly probeLoad: LoadProbe;
  private readonly pool: ProbePool;
  private readonly rifs: RecentRifs;
  private seats = new Seats([]);
  /** The hosts' places in some order: the first few are shuffled anew for each draw without replacement. */
  private order = new Int32Array(0);
  private reuses = 1;
  private requests = 0;
  private oldestIsNext = true;
  private readonly answered = (host: Host, rif: number, latencyMs: number): void => this.onAnswer(host, rif, latencyMs);

  constructor(values: Options, random: Random, clock: Pick<Clock, 'now'>, probeLoad: LoadProbe) {
    this.options = values;
    this.random = random;
    this.clock = clock;
    this.probeLoad = probeLoad;
    this.pool = new ProbePool(values.poolSize);
    this.rifs = new RecentRifs(RIF_WINDOW, values.rifQuantile);
  }

  rebuild(_members: readonly Host[], eligible: readonly Host[]): void {
    const seats = new Seats(eligible);
    this.seats = seats;
    this.order = Int32Array.from(eligible, (_, place) => place);
    this.reuses = reuseLimit(this.options, eligible.length);
    this.pool.dropUnless((host) => seats.placeOf(host) !== -1);
  }

  pick(_key: Key, attempt: number): Host {
    const { hosts } = this.seats;
    if (hosts.length === 1) return hosts[0];
    this.dropOld();
    const host = this.choose();
    // A host that was turned down is chosen again for the same request, which has probed already.
    if (attempt === 0) {
      const request = this.requests++;
      this.remove(wholePart(request, this.options.removeRate));
      this.probe(wholePart(request, this.options.probeRate));
    }
    return host;
  }

  explainNext(): Explain {
    // As the pick does first.
    this.dropOld();
    const reason = this.reason();
    return () => reason;
  }

  onStart(host: Host): void {
    this.pool.countSend(host);
  }

  onEnd(): void {}

  private dropOld(): void {
    this.pool.now[0] = this.clock.now();
    this.pool.dropOlder(this.options.probeAge);
  }

  /** Of the pick to come, by the pool as it is. */
  private reason(): PickReason {
    const { pool } = this;
    const { hosts } = this.seats;
    if (hosts.length === 1) return ruled('the only host');
    const answers = `${pool.size} probe answers in the pool`;
    if (pool.size < MIN_POOL)
      return ruled(`drawn uniformly among ${hosts.length}: ${answers}, and it takes ${MIN_POOL}`);
    const limit = this.hotAbove();
    const places = pool.hosts.map((_, place) => place);
    const cold = places.filter((place) => pool.rif[place] <= limit);
    const hot = limit === Infinity ? 'nobody is hot' : `hot with ${limit < 0 ? 'any' : `more than ${limit}`} in flight`;
    const shown = cold.length === 0 ? places : cold;
    const compared = shown.map((place) => pool.hosts[place]);
    if (cold.length > 0) {
      const rule = `the lowest latency of the ${cold.length} cold of ${answers} (${hot}), the oldest among equals`;
      return comparedAs(
        'latency by probe, ms',
        compared,
        shown.map((place) => pool.latencyMs[place]),
        rule,
      );
    }
    const rule = `the fewest in flight of ${answers}, all hot (${hot}), the oldest among equals`;
    return comparedAs(
      'in flight by probe',
      compared,
      shown.map((place) => pool.rif[place]),
      rule,
    );
  }

  private choose(): Host {
    const { pool } = this;
    const { hosts } = this.seats;
    if (pool.size < MIN_POOL) return hosts[this.random.int(hosts.length)];
    const best = pool.best(this.hotAbove());
    const host = pool.hosts[best];
    pool.use(best);
    return host;
  }

  /** An answer with more in flight is hot. */
  private hotAbove(): number {
    const { rifQuantile, atQuantile } = this.options;
    if (rifQuantile === 0) return -1;
    if (rifQuantile === 1) return Infinity;
    return this.rifs.quantile() - (atQuantile === 'hot' ? 1 : 0);
  }

  private remove(count: number): void {
    const { pool } = this;
    for (let i = 0; i < count && pool.size > 0; i++) {
      pool.removeAt(this.oldestIsNext ? 0 : pool.worst(this.hotAbove()));
      this.oldestIsNext = !this.oldestIsNext;
    }
  }

  private probe(count: number): void {
    const { order } = this;
    const { hosts } = this.seats;
    const probes = Math.min(count, hosts.length);
    for (let i = 0; i < probes; i++) {
      const j = i + this.random.int(hosts.length - i);
      const place = order[j];
      order[j] = order[i];
      order[i] = place;
      this.probeLoad(hosts[place], this.answered);
    }
  }

  private onAnswer(host: Host, rif: number, latencyMs: number): void {
    if (this.seats.placeOf(host) === -1) return;
    this.rifs.add(rif);
    this.pool.now[0] = this.clock.now();
    this.pool.add(host, rif, latencyMs, this.uses());
  }

  /** How often this answer may be used. */
  private uses(): number {
    if (this.reuses >= UNLIMITED) return UNLIMITED;
    const whole = Math.floor(this.reuses);
    const fraction = this.reuses - whole;
    if (fraction === 0) return whole;
    // What `Random.unit` makes of two draws; handed over by a call it might have to be allocated.
    const high = this.random.int32() >>> 0;
    const low = this.random.int32() >>> 11;
    return high * 2 ** -32 + low * 2 ** -53 < fraction ? whole + 1 : whole;
  }
}

/** The paper's b_reuse. Infinity where answers leave the pool at least as fast as new ones arrive. */
export function reuseLimit(
  { poolSize, probeRate, removeRate, delta }: Pick<Options, 'poolSize' | 'probeRate' | 'removeRate' | 'delta'>,
  hosts: number,
): number {
  const gain = (1 - poolSize / hosts) * probeRate - removeRate;
  return gain > 0 ? Math.max(1, (1 + delta) / gain) : Infinity;
}

/** What request number `request` (from 0) does of a rate per request. */
function wholePart(request: number, rate: number): number {
  return Math.floor((request + 1) * rate) - Math.floor(request * rate);
}

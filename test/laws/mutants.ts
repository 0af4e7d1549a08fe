import type { Host } from '../../src/balancer/host.ts';
import {
  defineStrategy,
  type RegisteredStrategy,
  type Strategy,
  type StrategyTraits,
  type WeightOf,
} from '../../src/balancer/strategy.ts';
import type { Clock } from '../../src/core/clock.ts';
import { Outcome } from '../../src/core/outcome.ts';
import type { Random } from '../../src/core/random.ts';

interface Context {
  readonly random: Random;
  readonly clock: Pick<Clock, 'now'>;
}

const plain: StrategyTraits = { evenness: 'none', weighted: 'none', affinity: 'none', feedback: 'none', cost: 'O(1)' };

/** A strategy that is what `pick` makes of the eligible hosts, with whatever else it overrides. */
function mutant(
  traits: Partial<StrategyTraits>,
  pick: (hosts: readonly Host[], context: Context, picks: number, key: number) => Host,
  overrides: Partial<Strategy> = {},
): RegisteredStrategy {
  return defineStrategy({
    name: 'mutant',
    doc: 'Breaks a law.',
    options: {},
    variants: [{ when: {}, system: 'none', source: 'none', traits: { ...plain, ...traits } }],
    create: (context) => {
      let hosts: readonly Host[] = [];
      let picks = 0;
      return {
        rebuild: (_members, eligible) => {
          hosts = eligible.slice();
        },
        pick: (key) => pick(hosts, context, picks++, key),
        onStart: () => {},
        onEnd: () => {},
        ...overrides,
      };
    },
  });
}

const inTurn = (hosts: readonly Host[], _context: unknown, picks: number): Host => hosts[picks % hosts.length];
const uniform = (hosts: readonly Host[], { random }: Context): Host => hosts[random.int(hosts.length)];
const first = (hosts: readonly Host[]): Host => hosts[0];

/** Keeps the arrays it was lent. */
function borrower(): RegisteredStrategy {
  let lent: readonly Host[] = [];
  return mutant({}, () => lent[0], {
    rebuild: (_members, eligible) => {
      lent = eligible;
    },
  });
}

/** Looks at members instead of eligible hosts. */
function blind(traits: Partial<StrategyTraits> = {}): RegisteredStrategy {
  let hosts: readonly Host[] = [];
  return mutant(traits, () => hosts[0], {
    rebuild: (members) => {
      hosts = members.slice();
    },
  });
}

/** Remembers the first host it met for good. */
function nostalgic(): RegisteredStrategy {
  let met: Host | undefined;
  return mutant({}, (hosts) => {
    met ??= hosts[0];
    return met;
  });
}

/** Knows hosts by their addresses. */
function byAddress(): RegisteredStrategy {
  const known = new Map<string, Host>();
  return mutant(
    {},
    (hosts, _context, picks) => {
      const { address } = hosts[picks % hosts.length].instance;
      return known.get(address) ?? hosts[0];
    },
    {
      rebuild: (members) => {
        for (const host of members) if (!known.has(host.instance.address)) known.set(host.instance.address, host);
      },
    },
  );
}

/** Counts only what it picked itself, and what has ended of it. */
function selfish(): RegisteredStrategy {
  const mine = new Map<Host, number>();
  const count = (host: Host, by: number): number => {
    mine.set(host, Math.max(0, (mine.get(host) ?? 0) + by));
    return mine.get(host) ?? 0;
  };
  const pick = (hosts: readonly Host[], _context: Context, picks: number): Host => {
    const turn = hosts[picks % hosts.length];
    const least = hosts.reduce((a, b) => (count(b, 0) < count(a, 0) ? b : a), turn);
    count(least, 1);
    return least;
  };
  return mutant({ feedback: 'leastInFlight' }, pick, {
    onEnd: (host) => {
      count(host, -1);
    },
  });
}

/** Draws hosts by what `weigh` makes of the weight they have at the time. */
function weighing(traits: Partial<StrategyTraits>, weigh: (weight: number) => number): RegisteredStrategy {
  let weightOf: WeightOf = () => 1;
  let hosts: readonly Host[] = [];
  const pick = (_hosts: unknown, { random }: Context): Host => {
    const weights = hosts.map((host) => weigh(weightOf(host)));
    let left = random.unit() * weights.reduce((sum, weight) => sum + weight, 0);
    const chosen = weights.findIndex((weight) => {
      left -= weight;
      return left < 0;
    });
    return hosts.at(chosen) ?? hosts[0];
  };
  return mutant(traits, pick, {
    rebuild: (_members, eligible, weights) => {
      hosts = eligible.slice();
      weightOf = weights;
    },
  });
}

/** Whose a key is depends on a number, which is another after each rebuild. */
function salted(traits: Partial<StrategyTraits>, saltOf: (hosts: readonly Host[], rebuilds: number) => number) {
  let hosts: readonly Host[] = [];
  let salt = 0;
  let rebuilds = 0;
  return mutant(traits, (_hosts, _context, _picks, key) => hosts[(Math.max(0, key) + salt) % hosts.length], {
    rebuild: (_members, eligible) => {
      hosts = eligible.slice();
      salt = saltOf(hosts, ++rebuilds);
    },
  });
}

/** Looks a key up in the table that it had before there was room for the key. */
function growing(): RegisteredStrategy {
  let room = 1024;
  return mutant({ affinity: 'shuffled' }, (hosts, _context, _picks, key) => {
    const known = key < room;
    room = Math.max(room, 2 * (key + 1));
    return known ? hosts[key % hosts.length] : (hosts.at(-1) ?? hosts[0]);
  });
}

const history: number[] = [];
let sharedPicks = 0;

/** For each law, strategies that break it. */
export const mutants: Readonly<Record<string, readonly RegisteredStrategy[]>> = {
  'picks a member that is eligible, or anybody of positive weight in panic, and nobody only where there is nobody': [
    blind(),
    borrower(),
    blind({ beyond: 'where nobody is eligible' }),
  ],
  'never picks a host of weight 0, not even in panic': [nostalgic()],
  'counts each attempt in flight once, for hosts that have left too': [
    mutant({ feedback: 'inFlight' }, first, {
      onStart: (host) => {
        host.inFlight++;
      },
    }),
  ],
  'leaves hosts that stay what they were: the same object, slot and belief': [
    mutant({ feedback: 'inFlight' }, first, {
      onEnd: (host) => {
        host.healthy = false;
      },
    }),
  ],
  'starves no host': [
    mutant({ evenness: 'statistical' }, first),
    mutant({ evenness: 'exact' }, (hosts, _context, picks) => hosts[picks % Math.max(1, hosts.length - 1)]),
  ],
  'serves from all hosts in panic, and from the healthy ones alone after it': [
    mutant({ evenness: 'exact' }, (hosts, _context, picks) => {
      const healthy = hosts.filter((host) => host.healthy);
      return healthy[picks % healthy.length] ?? hosts[0];
    }),
    blind({ evenness: 'exact' }),
  ],
  'serves again as before once everybody has left and others have come': [nostalgic()],
  'tells two instances at one address apart': [byAddress()],
  // Its state is everybody's.
  'picks alike for equal seeds and equal histories': [mutant({}, (hosts) => hosts[sharedPicks++ % hosts.length])],
  'picks otherwise for another seed': [mutant({ evenness: 'statistical' }, inTurn)],
  'does not depend on the unit of time': [
    mutant({}, (hosts, { clock }) => hosts[Math.floor(clock.now() / 100) % hosts.length]),
  ],
  'keeps equal hosts within one pick of each other over any run of picks': [
    mutant({ evenness: 'exact' }, uniform),
    // Even in every aligned round, but not over a run that straddles two.
    mutant({ evenness: 'exact' }, (hosts, _context, picks) => {
      const [round, place] = [Math.floor(picks / hosts.length), picks % hosts.length];
      return hosts[round % 2 === 0 ? place : hosts.length - 1 - place];
    }),
  ],
  'spreads independently and uniformly over equal hosts': [
    mutant({ evenness: 'statistical' }, inTurn),
    // Uniform, but never the same host twice running.
    mutant({ evenness: 'statistical' }, (hosts, { random }, picks) =>
      picks % 2 === 0 ? hosts[random.int(hosts.length)] : hosts[1 + random.int(hosts.length - 1)],
    ),
    // Pairs dealt in turn: too even to be chance.
    mutant({ evenness: 'statistical' }, (hosts, _context, picks) => {
      const pair = Math.floor(picks / 2) % hosts.length ** 2;
      return hosts[picks % 2 === 0 ? Math.floor(pair / hosts.length) : pair % hosts.length];
    }),
  ],
  'is even in each worker by itself': [
    mutant({ evenness: 'exact' }, (hosts) => hosts[sharedPicks++ % hosts.length]),
    mutant({ evenness: 'statistical' }, (hosts, { random }) => hosts[random.int(hosts.length + 1) % hosts.length]),
  ],
  'gives each host exactly its weight in each round': [mutant({ evenness: 'exact', weighted: 'exact' }, inTurn)],
  'gives each host a share in proportion to its weight': [mutant({ weighted: 'proportional' }, uniform)],
  'follows a weight that changes': [mutant({ weighted: 'proportional' }, inTurn)],
  'takes no notice of weights, but where it says that they count somehow': [
    mutant({}, (hosts) => hosts.reduce((a, b) => (b.weight > a.weight ? b : a))),
    mutant({ weighsSomehow: true }, inTurn),
  ],
  'gives each host keys in proportion to its weight, as well as its table can': [
    mutant({ weighted: 'table', affinity: 'minimal' }, (hosts, _context, _picks, key) => hosts[key % hosts.length]),
    weighing({ weighted: 'table' }, (weight) => weight ** 2),
  ],
  'gives a host in slow start a share that starts low, never falls, and ends as any other': [
    mutant({ weighted: 'proportional' }, uniform),
    weighing({ weighted: 'proportional' }, (weight) => 1 / weight),
    // Starts low, and stays there.
    unrefreshed(),
  ],
  'sends equal keys to equal hosts, those of callers that see the same alike': [
    mutant({ affinity: 'shuffled' }, uniform),
    mutant({ affinity: 'shuffled' }, first),
    // Equal keys do go to equal hosts, but each caller has its own.
    salted({ affinity: 'shuffled' }, (_hosts, rebuilds) => rebuilds),
  ],
  'sends the first request of a key where its later ones go, however many keys there are': [growing()],
  'does not go by the order in which hosts are listed': [
    mutant({ affinity: 'minimal' }, (hosts, _context, _picks, key) => hosts[key % hosts.length]),
  ],
  'moves no key but from a host that leaves, to one that joins, or by the one whose weight changes': [
    mutant({ affinity: 'minimal' }, uniform),
    mutant({ affinity: 'minimal' }, (hosts, _context, _picks, key) => hosts[key % hosts.length]),
    // Equal but for weights, of which no other key should take notice.
    salted({ affinity: 'minimal' }, (hosts) => hosts.reduce((sum, host) => sum + host.weight, 0)),
  ],
  'moves three times the keys it must at most when a host joins or leaves': [
    mutant({ affinity: 'nearly' }, uniform),
    mutant({ affinity: 'nearly' }, (hosts, _context, _picks, key) => hosts[key % hosts.length]),
  ],
  'gives the keys of a host back when it returns': [
    mutant({ affinity: 'minimal' }, uniform),
    salted({ affinity: 'shuffled' }, (_hosts, rebuilds) => rebuilds),
  ],
  'sends to a busy host only when it saw no other, whichever worker made it busy': [
    mutant({ feedback: 'leastInFlight' }, uniform),
    mutant({ feedback: 'leastInFlight' }, (hosts) => hosts.reduce((a, b) => (b.inFlight > a.inFlight ? b : a))),
    selfish(),
  ],
  'sends less than its share to a busy host, whichever worker made it busy': [
    mutant({ feedback: 'inFlight' }, uniform),
  ],
  'avoids a host that has become ten times slower, and takes it back once it has recovered': [
    mutant({ feedback: 'latency' }, inTurn),
    grudging('latency', (latencyMs) => latencyMs),
  ],
  'sends less to a host whose reports say it is loaded': [mutant({ feedback: 'report' }, inTurn)],
  'sends less to a host that fails, and takes it back once it does not': [
    mutant({ feedback: 'outcome' }, inTurn),
    grudging('outcome', (_latencyMs, outcome) => (outcome === Outcome.ok ? 1 : 10)),
  ],
  'makes no object per pick': [mutant({}, (hosts) => hosts.filter((host) => host.healthy)[0])],
  'keeps nothing of its picks': [
    mutant({}, (hosts, _context, picks) => {
      history.push(picks);
      return hosts[0];
    }),
  ],
};

/** Says that it follows weights, and reads them in `rebuild` only. */
function unrefreshed(): RegisteredStrategy {
  let drawn: readonly Host[] = [];
  return mutant({ weighted: 'proportional' }, (_hosts, { random }) => drawn[random.int(drawn.length)], {
    rebuild: (_members, eligible, weightOf) => {
      drawn = eligible.flatMap((host) => Array<Host>(Math.ceil(10 * weightOf(host))).fill(host));
    },
    followsWeights: true,
  });
}

/** Never sends again to a host that was once worse than another. */
function grudging(
  feedback: StrategyTraits['feedback'],
  badnessOf: (latencyMs: number, outcome: Outcome) => number,
): RegisteredStrategy {
  const worst = new Map<Host, number>();
  return mutant(
    { feedback },
    (hosts, { random }) => {
      const best = Math.min(...hosts.map((host) => worst.get(host) ?? 0));
      const good = hosts.filter((host) => (worst.get(host) ?? 0) <= 2 * best || !worst.has(host));
      return good[random.int(good.length)];
    },
    {
      onEnd: (host, latencyMs, outcome) => {
        worst.set(host, Math.max(worst.get(host) ?? 0, badnessOf(latencyMs, outcome)));
      },
    },
  );
}

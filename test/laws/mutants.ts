import type { Host } from '../../src/balancer/host.ts';
import {
  defineStrategy,
  type RegisteredStrategy,
  type Strategy,
  type StrategyTraits,
} from '../../src/balancer/strategy.ts';
import type { Clock } from '../../src/core/clock.ts';
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
function blind(): RegisteredStrategy {
  let hosts: readonly Host[] = [];
  return mutant({}, () => hosts[0], {
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

const history: number[] = [];
let sharedPicks = 0;

/** For each law, strategies that break it. */
export const mutants: Readonly<Record<string, readonly RegisteredStrategy[]>> = {
  'picks a member that is eligible, or anybody of positive weight in panic, and nobody only where there is nobody': [
    blind(),
    borrower(),
  ],
  'never picks a host of weight 0, not even in panic': [blind()],
  'counts each attempt in flight once, for hosts that have left too': [
    mutant({}, first, {
      onStart: (host) => {
        host.inFlight++;
      },
    }),
  ],
  'leaves hosts that stay what they were: the same object, slot and belief': [
    mutant({}, first, {
      onEnd: (host) => {
        host.healthy = !host.healthy;
      },
    }),
  ],
  'starves no host': [
    mutant({ evenness: 'statistical' }, first),
    mutant({ evenness: 'exact' }, (hosts, _context, picks) => hosts[picks % Math.max(1, hosts.length - 1)]),
  ],
  'serves again as before once everybody has left and others have come': [nostalgic()],
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
  'gives each host exactly its weight in each round': [mutant({ evenness: 'exact', weighted: 'exact' }, inTurn)],
  'gives each host a share in proportion to its weight': [mutant({ weighted: 'proportional' }, uniform)],
  'follows a weight that changes': [mutant({ weighted: 'proportional' }, inTurn)],
  'sends equal keys to equal hosts, and moves no key but those of a host that leaves': [
    mutant({ affinity: 'minimal' }, uniform),
    // Equal keys do go to equal hosts, but nearly all of them move.
    mutant({ affinity: 'minimal' }, (hosts, _context, _picks, key) => hosts[key % hosts.length]),
  ],
  'gives the keys of a host back when it returns': [mutant({ affinity: 'minimal' }, uniform)],
  'sends to a busy host only when it saw no other': [
    mutant({ feedback: 'leastInFlight' }, uniform),
    mutant({ feedback: 'leastInFlight' }, (hosts) => hosts.reduce((a, b) => (b.inFlight > a.inFlight ? b : a))),
  ],
  'avoids a host that has become ten times slower, and takes it back once it has recovered': [
    mutant({ feedback: 'latency' }, inTurn),
    grudging(),
  ],
  'makes no object per pick': [mutant({}, (hosts) => hosts.filter((host) => host.healthy)[0])],
  'keeps nothing of a million picks': [
    mutant({}, (hosts, _context, picks) => {
      history.push(picks);
      return hosts[0];
    }),
  ],
};

/** Never sends again to a host that was once slower than another. */
function grudging(): RegisteredStrategy {
  const worst = new Map<Host, number>();
  return mutant(
    { feedback: 'latency' },
    (hosts, { random }) => {
      const best = Math.min(...hosts.map((host) => worst.get(host) ?? 0));
      const fast = hosts.filter((host) => (worst.get(host) ?? 0) <= 2 * best || !worst.has(host));
      return fast[random.int(fast.length)];
    },
    {
      onEnd: (host, latencyMs) => {
        worst.set(host, Math.max(worst.get(host) ?? 0, latencyMs));
      },
    },
  );
}

import { describe, expect, it } from 'vitest';
import type { Balancer } from '../../../src/balancer/balancer.ts';
import type { Host } from '../../../src/balancer/host.ts';
import { strategyNamed } from '../../../src/balancer/strategies/index.ts';
import { leastRequest } from '../../../src/balancer/strategies/least_request.ts';
import { avalanche } from '../../../src/core/hash/sdbm.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import type { WrittenOptions } from '../../../src/core/options.ts';
import type { Random } from '../../../src/core/random.ts';
import { balancerOf, hostNamed } from '../../helpers/balancing.ts';
import { byId, fromNearest, type Point, tree } from '../../helpers/haproxy_tree.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';
import { ports } from '../../helpers/ports.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';
import { expectTwins, Oracle } from '../../helpers/twins.ts';

const SERVERS = 'abcd';

/** Numbers that lead to these servers: the place of the first point of each. */
function drawing(servers: string): number[] {
  return [...servers].map((server) => avalanche((SERVERS.indexOf(server) + 1) * 4096));
}

interface Rig {
  readonly weights?: readonly number[];
  readonly choiceCount?: number;
  readonly clock?: ManualClock;
}

/** Hosts a, b, c, ..., and a stream that draws these one after the other, and then no more. */
function random(
  draws: string,
  { weights = [1, 1, 1], choiceCount = 2, clock = new ManualClock() }: Rig = {},
): Balancer {
  const options = { algorithm: 'haproxy-random', choiceCount };
  return balancerOf(
    leastRequest.create({ options, ...ports({ random: scriptedRandom(drawing(draws)), clock }) }),
    weights,
  );
}

const pick = (balancer: Balancer): string => balancer.pick(NO_KEY, 0)?.instance.id ?? '';
const retried = (balancer: Balancer, tried: string): string =>
  balancer.redispatch(NO_KEY, hostNamed(balancer, tried))?.instance.id ?? '';

function begin(balancer: Balancer, ids: string): void {
  for (const id of ids) balancer.acquire(hostNamed(balancer, id));
}

function answer(balancer: Balancer, ids: string): void {
  for (const id of ids) balancer.release(hostNamed(balancer, id), 1, 0);
}

// HAProxy has no test of its own of this; these follow from get_server_rnd in src/backend.c.
describe('random as in HAProxy', () => {
  it('takes the less busy, in whatever order they come', () => {
    const balancer = random('abba');
    begin(balancer, 'a');
    expect(pick(balancer) + pick(balancer)).toBe('bb');
  });

  it('compares for the weight', () => {
    // 3 / 4 is less than 1 / 1.
    const balancer = random('abba', { weights: [4, 1] });
    begin(balancer, 'aaab');
    expect(pick(balancer) + pick(balancer)).toBe('aa');
  });

  it('takes the last drawn of equal ones', () => {
    const balancer = random('abbaca');
    expect(pick(balancer) + pick(balancer) + pick(balancer)).toBe('baa');
  });

  it('takes the one with fewer sessions over the last second of those as busy', () => {
    const clock = new ManualClock();
    const balancer = random('abbaabba', { clock });
    begin(balancer, 'aab');
    answer(balancer, 'aab');
    expect(pick(balancer) + pick(balancer)).toBe('bb');
    clock.advance(2001);
    expect(pick(balancer) + pick(balancer)).toBe('ba');
  });

  it('compares sessions for the weight', () => {
    // 5 / 3 is less than 2 / 1.
    const balancer = random('abba', { weights: [3, 1] });
    begin(balancer, 'aaaaabb');
    answer(balancer, 'aaaaabb');
    expect(pick(balancer) + pick(balancer)).toBe('aa');
  });

  it('lets what is in flight count before sessions', () => {
    const balancer = random('abba');
    begin(balancer, 'aaab');
    answer(balancer, 'aaa');
    expect(pick(balancer) + pick(balancer)).toBe('aa');
  });

  it('compares each draw with the best so far', () => {
    const balancer = random('abccbaacbb', { choiceCount: 3 });
    begin(balancer, 'aabccc');
    expect(pick(balancer) + pick(balancer) + pick(balancer)).toBe('bbb');
    expect(() => pick(balancer)).toThrow('asked for one more');
  });

  it('draws all numbers for one host, and for the same host', () => {
    const alone = random('aaa', { weights: [1] });
    expect(pick(alone)).toBe('a');
    expect(() => pick(alone)).toThrow('asked for one more');
    const same = random('bbb');
    expect(pick(same)).toBe('b');
    expect(() => pick(same)).toThrow('asked for one more');
  });

  it('may draw one alone, unlike others, and bounds load above 100 percent', () => {
    const made = (options: WrittenOptions) => () => strategyNamed('least-request').withOptions(options);
    expect(made({ choiceCount: 1 })).toThrow("option 'choiceCount' must be at least 2");
    const algorithm = 'haproxy-random';
    expect(made({ algorithm, hashBalanceFactor: 100 })).toThrow("option 'hashBalanceFactor' must be 0 or at least 101");
    expect(made({ algorithm, choiceCount: 1, hashBalanceFactor: 101 })).not.toThrow();
  });

  it('goes on from a host that was tried, and takes it again when it is alone', () => {
    const balancer = random('abab', { weights: [1, 1] });
    expect(pick(balancer)).toBe('b');
    expect(retried(balancer, 'b')).toBe('a');
    const alone = random('aaaa', { weights: [1] });
    expect(pick(alone) + retried(alone, 'a')).toBe('aa');
  });
});

/** Time moves on when the last of the twins has heard that something was sent or has ended. */
class StepClock {
  ms = 0;
  private steps = 0;

  now(): number {
    return this.ms;
  }

  step(): void {
    this.steps++;
    this.ms += this.steps % 23 === 0 ? 1700 : (this.steps * 37) % 101;
  }

  restart(): void {
    this.ms = 0;
    this.steps = 0;
  }
}

/** HAProxy's rule as it is written: the whole tree searched, and all sessions counted, for each draw. */
class Naive extends Oracle {
  private readonly draws: number;
  private readonly random: Random;
  private readonly clock: StepClock;
  private points: readonly Point[] = [];
  private readonly sessions: { readonly host: Host; readonly at: number }[] = [];

  constructor(draws: number, random: Random, clock: StepClock) {
    super();
    this.draws = draws;
    this.random = random;
    this.clock = clock;
    clock.restart();
  }

  override rebuild(...given: Parameters<Oracle['rebuild']>): void {
    super.rebuild(...given);
    this.points = tree(this.hosts, byId);
  }

  pick(): Host {
    const [first, ...others] = Array.from(
      { length: this.draws },
      () => fromNearest(this.points, this.random.uint32())[0],
    );
    return others.reduce((best, drawn) => {
      const byLoad = this.perWeight(best, best.inFlight) - this.perWeight(drawn, drawn.inFlight);
      const byRate = this.perWeight(best, this.rateOf(best)) - this.perWeight(drawn, this.rateOf(drawn));
      return (byLoad || byRate) < 0 ? best : drawn;
    }, first);
  }

  override onStart(host: Host): void {
    this.sessions.push({ host, at: this.clock.ms });
    this.clock.step();
  }

  override onEnd(): void {
    this.clock.step();
  }

  /** Equal fractions are equal: of weights up to 5, 60 is a multiple. */
  private perWeight(host: Host, count: number): number {
    return (count * 60) / host.weight;
  }

  /** As freq_ctr.c says: periods of a second, the last but one counted by the part of it that is not over. */
  private rateOf(host: Host): number {
    const times = this.sessions.filter((session) => session.host === host).map(({ at }) => at);
    let [began, past, current] = [-1e9, 0, 0];
    for (const at of times) {
      const age = at - began;
      if (age >= 2000) [began, past, current] = [at - (at % 2), 0, 0];
      else if (age >= 1000) [began, past, current] = [began + 1000, current, 0];
      current++;
    }
    const age = this.clock.ms - began;
    if (age > 2000) return 0;
    if (age <= 1000) return Math.floor((past * (1000 - age)) / 1000) + current;
    return current === 1 ? 1 : Math.floor((current * (2000 - age)) / 1000);
  }
}

it.each([2, 3, 5])('%i draws: as a search of all points would find', (choiceCount) => {
  const clock = new StepClock();
  const options = { algorithm: 'haproxy-random', choiceCount };
  expectTwins(leastRequest, options, (stream) => new Naive(choiceCount, stream, clock), { clock });
});

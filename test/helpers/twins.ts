import fc from 'fast-check';
import { expect } from 'vitest';
import type { Host } from '../../src/balancer/host.ts';
import type { RegisteredStrategy, Strategy, StrategyPorts } from '../../src/balancer/strategy.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { type Random, randomStream } from '../../src/core/random.ts';
import { hostsOf, pickOf, rebuilt } from './hosts.ts';
import { ports } from './ports.ts';

/** One thing that happens to both twins. Hosts and attempts are given by place, modulo how many there are. */
type Step =
  | { readonly kind: 'send' }
  | { readonly kind: 'end'; readonly attempt: number }
  /** Who of the hosts may be picked from now on, and what each weighs. */
  | { readonly kind: 'rebuild'; readonly eligible: readonly boolean[]; readonly weights: readonly number[] }
  /** Another server takes over the slot of this one, if that is idle. */
  | { readonly kind: 'replace'; readonly host: number };

const HOSTS = 12;
const perHost = <T>(each: fc.Arbitrary<T>) => fc.array(each, { minLength: HOSTS, maxLength: HOSTS });
const weights = fc.oneof(perHost(fc.constant(1)), perHost(fc.integer({ min: 1, max: 5 })));
const eligible = fc.oneof(perHost(fc.boolean()), perHost(fc.constant(true)), perHost(fc.constant(false)));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('send' as const) }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('end' as const), attempt: fc.nat(40) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('rebuild' as const), eligible, weights }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('replace' as const), host: fc.nat(HOSTS - 1) }) },
);

/**
 * Holds a strategy to an oracle, a slow one written from the system's rule: both live through the same history, each with
 * its own copy of one random stream, and must pick the same hosts by the same draws. `given`: other ports for the strategy.
 */
export function expectTwins(
  definition: RegisteredStrategy,
  options: WrittenOptions,
  oracleOf: (random: Random) => Strategy,
  given: Partial<StrategyPorts> = {},
): void {
  const script = fc.record({ seed: fc.nat(), weights, steps: fc.array(step, { maxLength: 200 }) });
  fc.assert(
    fc.property(script, ({ seed, weights: first, steps }) => {
      const name = `twins/${seed}`;
      const strategy = definition.create({ options, ...ports({ random: randomStream(name) }), ...given });
      const goesBeyond = definition.variantOf(options).traits.beyond !== undefined;
      const history = new History([strategy, oracleOf(randomStream(name))], first, goesBeyond);
      for (const each of steps) history.take(each);
    }),
    { numRuns: 200 },
  );
}

class History {
  private readonly twins: readonly Strategy[];
  private readonly goesBeyond: boolean;
  private readonly hosts: Host[];
  private eligible: readonly boolean[] = Array<boolean>(HOSTS).fill(true);
  private readonly inFlight: Host[] = [];

  constructor(twins: readonly Strategy[], weights: readonly number[], goesBeyond: boolean) {
    this.twins = twins;
    this.goesBeyond = goesBeyond;
    this.hosts = hostsOf(weights.map((weight) => ({ weight })));
    this.rebuild();
  }

  take(step: Step): void {
    if (step.kind === 'send') {
      this.send();
    } else if (step.kind === 'end' && this.inFlight.length > 0) {
      const [host] = this.inFlight.splice(step.attempt % this.inFlight.length, 1);
      host.inFlight--;
      for (const twin of this.twins) twin.onEnd(host, 1, Outcome.ok, null, host.reweighed);
    } else if (step.kind === 'rebuild') {
      this.eligible = step.eligible;
      for (const [i, host] of this.hosts.entries()) host.weight = step.weights[i];
      this.rebuild();
    } else if (step.kind === 'replace' && this.hosts[step.host].inFlight === 0) {
      this.hosts[step.host] = { ...this.hosts[step.host] };
      this.rebuild();
    }
  }

  private send(): void {
    if (!this.goesBeyond && !this.eligible.includes(true)) return;
    const [picked, expected] = this.twins.map((twin) => pickOf(twin));
    expect(picked.slot).toBe(expected.slot);
    expect(picked).toBe(this.hosts[picked.slot]);
    picked.inFlight++;
    this.inFlight.push(picked);
    for (const twin of this.twins) twin.onStart(picked);
  }

  private rebuild(): void {
    const eligible = this.hosts.filter((_, i) => this.eligible[i]);
    for (const twin of this.twins) rebuilt(twin, this.hosts.slice(), eligible.slice());
  }
}

/** What oracles have in common: all hosts, those that may be picked, and what each weighs. */
export abstract class Oracle implements Strategy {
  protected members: readonly Host[] = [];
  protected hosts: readonly Host[] = [];
  protected weightOf: (host: Host) => number = () => 1;

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: (host: Host) => number): void {
    this.members = members;
    this.hosts = eligible;
    this.weightOf = weightOf;
  }

  abstract pick(): Host;

  onStart(_host: Host): void {}

  onEnd(_host: Host): void {}
}

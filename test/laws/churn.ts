import fc from 'fast-check';
import type { Balancer } from '../../src/balancer/balancer.ts';
import type { Host } from '../../src/balancer/host.ts';
import { PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import type { Strategy, StrategyPorts } from '../../src/balancer/strategy.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { instance } from '../helpers/balancing.ts';
import { listening } from '../helpers/listening.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { NaiveBalancer, type NaiveHost } from '../helpers/naive_balancer.ts';
import type { Subject } from './law.ts';
import { factoryOf, rigOf } from './rig.ts';

/** One thing that happens to a balancer. Hosts and attempts are given by place, modulo how many there are. */
type Step =
  | { readonly kind: 'update'; readonly hosts: readonly { readonly id: number; readonly weight: number }[] }
  | { readonly kind: 'health'; readonly host: number; readonly healthy: boolean }
  | { readonly kind: 'send'; readonly key: number; readonly attempt: number }
  | { readonly kind: 'end'; readonly attempt: number; readonly latencyMs: number }
  | { readonly kind: 'wait'; readonly ms: number };

export interface Script {
  readonly panicPercent: number;
  readonly seed: number;
  readonly steps: readonly Step[];
}

const update = fc.record({
  kind: fc.constant('update' as const),
  hosts: fc.uniqueArray(fc.record({ id: fc.nat(9), weight: fc.nat(4) }), { selector: ({ id }) => id, maxLength: 8 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: update },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('health' as const), host: fc.nat(7), healthy: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      key: fc.integer({ min: -1, max: 50 }),
      attempt: fc.constantFrom(0, 0, 0, 1, 2),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('end' as const), attempt: fc.nat(20), latencyMs: fc.nat(1000) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(20_000) }) },
);

export const scripts: fc.Arbitrary<Script> = fc.record({
  panicPercent: fc.constantFrom(0, 30, 50, 100),
  seed: fc.nat(),
  steps: fc.tuple(update, fc.array(step, { maxLength: 80 })).map(([first, rest]) => [first, ...rest]),
});

/** Everything after one step. `picked` is undefined where the step was not a pick. */
export interface State {
  readonly balancer: Balancer;
  readonly model: NaiveBalancer;
  readonly inFlight: readonly { readonly host: Host; readonly twin: NaiveHost }[];
  readonly picked: Host | null | undefined;
}

/** Plays the script on a balancer with the subject's strategy and on the naive model; returns the ids picked. */
export function play(subject: Subject, script: Script, check: (state: State) => void = () => {}): (string | null)[] {
  const clock = new ManualClock();
  const factory = factoryOf(subject);
  const strategy = { ...factory, create: (ports: StrategyPorts) => withArraysTakenBack(factory.create(ports)) };
  const panicThreshold = script.panicPercent / 100;
  const asNginx = factory.traits.limits === 'skips';
  const model = new NaiveBalancer({ ...PLAIN_LOAD_BALANCER, panicThreshold }, undefined, true, false, asNginx);
  const balancer = rigOf(subject, [], { seed: script.seed, strategy, panicThreshold, clock });
  const inFlight: { host: Host; twin: NaiveHost }[] = [];
  const picks: (string | null)[] = [];
  for (const step of script.steps) {
    let picked: Host | null | undefined;
    if (step.kind === 'update') {
      const instances = step.hosts.map(({ id, weight }) => instance(`h${id}`, weight));
      balancer.update(instances);
      model.update(instances);
    } else if (step.kind === 'health' && model.members.length > 0) {
      const place = step.host % model.members.length;
      balancer.setHealthy(balancer.members[place], step.healthy);
      model.members[place].healthy = step.healthy;
    } else if (step.kind === 'send') {
      picked = balancer.pick(step.key, step.attempt);
      picks.push(picked?.instance.id ?? null);
      const twin = model.members.find((member) => member.instance.id === picked?.instance.id);
      if (picked && twin) {
        balancer.acquire(picked);
        twin.inFlight++;
        inFlight.push({ host: picked, twin });
      }
    } else if (step.kind === 'end' && inFlight.length > 0) {
      const [{ host, twin }] = inFlight.splice(step.attempt % inFlight.length, 1);
      balancer.release(host, step.latencyMs, step.attempt % 3 === 0 ? Outcome.error : Outcome.ok);
      twin.inFlight--;
    } else if (step.kind === 'wait') {
      clock.advance(step.ms);
    }
    check({ balancer, model, inFlight, picked });
  }
  return picks;
}

/** The same strategy, but the arrays it is given are emptied after the call: it may keep nothing of them. */
function withArraysTakenBack(strategy: Strategy): Strategy {
  return listening(strategy, (members, eligible, ...weights) => {
    const [lentMembers, lentEligible] = [members.slice(), eligible.slice()];
    strategy.rebuild(lentMembers, lentEligible, ...weights);
    lentMembers.length = 0;
    lentEligible.length = 0;
  });
}

import { type LoadBalancerSettings, PLAIN_LOAD_BALANCER, type SubsettingChoice } from '../balancer/load_balancer.ts';
import type { RegisteredStrategy } from '../balancer/strategy.ts';
import type { RegisteredSubsetting } from '../balancer/subsetting/subsetting.ts';
import { randomStream } from '../core/random.ts';
import { block, optional, required } from './blocks.ts';
import { connectionsForm } from './connections.ts';
import type { Form } from './form.ts';
import { type LocalitySpec, localityForm } from './locality.ts';
import { type Policy, policyForm } from './policy.ts';
import { queueForm } from './queue.ts';
import { choice, duration, percentage, share, trueOrFalse } from './scalars.ts';
import { sessionAffinityForm } from './session_affinity.ts';
import { slowStartForm } from './slow_start.ts';
import { type SubsetSpec, subsetForm } from './subset.ts';
import { whenNobodyReadyForm } from './when_nobody_ready.ts';

/** What is written under `loadBalancer`; of what other parts of the scenario must agree with, also the places. */
export interface LoadBalancerSpec {
  readonly policy: Policy;
  readonly settings: LoadBalancerSettings;
  readonly locality: LocalitySpec | null;
  readonly subset: SubsetSpec | null;
}

/** `loadBalancer`: the strategy, and all that stands around it. Where nothing is written it is Envoy without zones. */
export function loadBalancerForm(
  strategies: readonly RegisteredStrategy[],
  subsettings: readonly RegisteredSubsetting[],
): Form<LoadBalancerSpec> {
  const plain = PLAIN_LOAD_BALANCER;
  const fields = {
    policy: required(policyForm('strategy', strategies), 'The strategy, or { name: { options } }.'),
    panicThreshold: optional(
      share({}, false, '50%'),
      plain.panicThreshold,
      'With a smaller share of healthy hosts all are used, as in Envoy, which cuts it off to whole percents: 29, 57 and 58 to one less.',
      '50%',
    ),
    failTrafficOnPanic: optional(
      trueOrFalse(),
      plain.failTrafficOnPanic,
      'In panic, no host at all instead of all of them; policies that hash know nothing of it, as in Envoy.',
      'false',
    ),
    overprovisioningFactor: optional(
      percentage({ min: 1, max: 1_000_000 }, '140'),
      plain.overprovisioningPercent,
      'A priority, or a zone, counts as whole while this percentage of its healthy hosts covers all. Written as in Envoy, 140.',
      '140',
    ),
    weightedPriorityHealth: optional(
      trueOrFalse(),
      plain.weightedPriorityHealth,
      'Whether priorities share the load by the weights of healthy hosts instead of their number.',
      'false',
    ),
    failover: optional(
      choice(['spill', 'all-or-nothing']),
      plain.failover,
      'What a priority cannot take goes to the next (Envoy), or the first with a healthy host takes all (gRPC).',
      'spill',
    ),
    backups: optional(
      choice(['all', 'first']),
      plain.backups,
      'Which backups serve when no other host can: all (nginx), or the first that can (HAProxy).',
      'all',
    ),
    locality: optional(localityForm(), null, 'How the zones of callers and instances count.', 'zones are disregarded'),
    subset: optional(
      subsetForm(),
      null,
      "Only hosts with certain metadata: Envoy's subset load balancing.",
      'all hosts',
    ),
    subsetting: optional(
      subsettingForm(subsettings),
      null,
      "Which of many hosts one caller uses at all: a name, or { name: { options } }. 'meshtrial list subsettings' has them.",
      'all hosts',
    ),
    slowStart: optional(slowStartForm(), null, 'How hosts that are new or back are eased in.', 'at once'),
    sessionAffinity: optional(
      sessionAffinityForm(),
      null,
      'A key goes to the host that last answered it, as with a HAProxy stick table or a cookie of Envoy.',
      'none',
    ),
    updateMergeWindow: optional(
      duration({}, '1s'),
      plain.updateMergeWindowMs,
      'How long changes of health, weight and metadata, of instances that neither join nor leave, are merged before picks go by them. Envoy: 1s.',
      'at once',
    ),
    whenNobodyReady: optional(
      whenNobodyReadyForm(),
      null,
      'Requests wait while no host can be picked, as in Linkerd: {} has its times.',
      'they fail at once',
    ),
    queue: optional(
      queueForm(),
      null,
      'How requests wait for instances with maxConnections, with policies of HAProxy.',
      'without end, or for request.connectTimeout',
    ),
    connections: optional(
      connectionsForm(),
      null,
      'Requests go over connections that callers keep, as in gRPC: one that finds none that stands waits while one may yet be made. Beside it failover is all-or-nothing and panicThreshold 0% unless they are written.',
      'each request has its own',
    ),
  };
  return block('a load balancer', fields, {
    make: ({ policy, locality, subset, overprovisioningFactor, updateMergeWindow, ...settings }, site) => ({
      ...{ policy, locality, subset },
      settings: {
        ...settings,
        ...(settings.connections !== null && !site.has('failover') ? { failover: 'all-or-nothing' as const } : {}),
        ...(settings.connections !== null && !site.has('panicThreshold') ? { panicThreshold: 0 } : {}),
        overprovisioningPercent: overprovisioningFactor,
        updateMergeWindowMs: updateMergeWindow,
        locality: locality?.routing ?? null,
        subset: subset?.settings ?? null,
      },
    }),
  });
}

/** Options that do not go with one another are for the subsetting itself to refuse. */
function subsettingForm(subsettings: readonly RegisteredSubsetting[]): Form<SubsettingChoice> {
  const form = policyForm('subsetting', subsettings);
  return {
    ...form,
    read(written, reading) {
      const policy = form.read(written, reading);
      if (policy === undefined) return undefined;
      const { name, options } = policy;
      const random = randomStream('');
      const ports = { random, shared: random, common: random, toldInVain: false, caller: 0, callers: 1 };
      try {
        subsettings.find((subsetting) => subsetting.name === name)?.create({ ...ports, options });
        return { name, options };
      } catch (thrown) {
        if (!(thrown instanceof RangeError)) throw thrown;
        const message = `expected options that go together, found otherwise: ${thrown.message}`;
        return reading.report(written.offset, message, 'change one of the two');
      }
    },
  };
}

import type { RegisteredStrategy } from '../balancer/strategy.ts';
import type { RegisteredSubsetting } from '../balancer/subsetting/subsetting.ts';
import type { RegisteredAccrual } from '../health/accrual/accrual.ts';
import type { RegisteredDetector } from '../health/heartbeat/detector.ts';
import { PLAIN_REQUEST } from '../mesh/request_policy.ts';
import type { Distribution, LoadConfig } from '../sim/config.ts';
import { MEMORY } from '../sim/registries/memory/settings.ts';
import { block, list, optional, required } from './blocks.ts';
import { distributionForm, distributionSchema } from './distribution.ts';
import { failureAccrualForm } from './failure_accrual.ts';
import { faultForm } from './faults.ts';
import type { Form, JsonSchema } from './form.ts';
import { gossipForm } from './gossip.ts';
import { healthCheckForm } from './health_checks/index.ts';
import { heartbeatForm } from './heartbeat.ts';
import { instancesForm } from './instances.ts';
import { limits } from './limits.ts';
import { loadBalancerForm } from './load_balancer.ts';
import { callersForm, soleCaller } from './members.ts';
import { outlierDetectionForm } from './outlier_detection.ts';
import { precisionForm } from './precision.ts';
import { registryForm } from './registries/index.ts';
import { requestForm } from './request.ts';
import { choice, duration, integer, number, prose, rate, word } from './scalars.ts';
import { requiredUnless } from './schema_needs.ts';
import type { MetricUnit } from './threshold.ts';
import { thresholdForm } from './threshold_block.ts';
import { checkTrial, DEFAULT_MAX_REPLICATIONS, makeTrial } from './trial.ts';
import { variant } from './variant.ts';
import { variantsForm } from './variants.ts';

/** What a scenario file may name that is defined elsewhere. */
export interface Vocabulary {
  readonly strategies: readonly RegisteredStrategy[];
  readonly subsettings: readonly RegisteredSubsetting[];
  readonly accruals: readonly RegisteredAccrual[];
  readonly detectors: readonly RegisteredDetector[];
  readonly metrics: readonly MetricUnit[];
  /** The text of a file named in a scenario; throws where there is none. */
  readonly readText: (path: string) => string;
}

/** The whole format, DESIGN.md section 4, in one place: its keys, their forms, what holds where they are not written. */
export function documentFields({ strategies, subsettings, accruals, detectors, metrics, readText }: Vocabulary) {
  const distribution = distributionForm(readText);
  return {
    name: required(nameForm(), 'What results are called.'),
    description: optional(prose(limits.descriptionLength), '', 'What this scenario shows.', 'empty'),
    seed: optional(integer({ min: 0 }, '42'), 1, 'Replication r, from 0, uses seed + r.', '1'),
    replications: optional(
      integer({ min: 1, max: limits.replications }, '10'),
      1,
      'How often to run each column.',
      '1',
    ),
    precision: optional(
      precisionForm(metrics),
      [],
      "How narrow 95% intervals must become, as METRIC: HALF-WIDTH, a share of the metric's value such as 2%, or an amount in its unit such as 50ms: replications are added until every column is that precise.",
      'replications are as written',
    ),
    maxReplications: optional(
      integer({ min: 1, max: limits.replications }, '100'),
      null,
      'With precision: where replications end even so.',
      String(DEFAULT_MAX_REPLICATIONS),
    ),
    duration: required(
      duration({ above: 0, max: limits.runMs, maxReason: 'figures are kept for every second of a run' }, '2m'),
      'Length of the run, warm-up included.',
    ),
    warmup: optional(duration({}, '20s'), 0, 'Requests that arrive before are not measured.', '0s'),
    instances: required(instancesForm(distribution), 'The servers.'),
    callers: optional(callersForm(), soleCaller, 'Who sends the requests.', 'one caller'),
    load: required(loadForm(), 'How requests arrive.'),
    network: optional(networkForm(distribution), null, 'Latency between callers and instances.', 'none'),
    discovery: optional(discoveryForm(distribution), null, 'How late callers learn who is registered.', 'at once'),
    registry: optional(
      registryForm(distribution),
      MEMORY,
      'Who keeps the list of instances, and how.',
      'kind memory, registered for good',
    ),
    loadBalancer: required(loadBalancerForm(strategies, subsettings), 'How callers choose an instance.'),
    healthCheck: optional(
      healthCheckForm(distribution),
      null,
      'Active health checks, by the rules of one system.',
      'none',
    ),
    outlierDetection: optional(
      outlierDetectionForm(),
      null,
      "Ejection of hosts whose requests fail: Envoy's outlier detection, or gRPC's.",
      'none',
    ),
    failureAccrual: optional(
      failureAccrualForm(accruals),
      null,
      "Removal of hosts whose requests fail until a single one succeeds: a name, or { name: { options } }. 'meshtrial list accruals' has them.",
      'none',
    ),
    heartbeat: optional(
      heartbeatForm(detectors),
      null,
      'Heartbeats of every instance to every caller, and the detector that listens.',
      'none',
    ),
    gossip: optional(
      gossipForm(),
      null,
      'A group of all instances and callers that watches itself: SWIM, as memberlist has it.',
      'none',
    ),
    request: optional(requestForm(), PLAIN_REQUEST, 'Timeouts and retries.', 'none'),
    faults: optional(
      list('a list of faults', faultForm(distribution, readText), { min: 0, max: limits.faults }),
      [],
      'What fails.',
      'nothing',
    ),
    thresholds: optional(
      list('a list of thresholds', thresholdForm(metrics), { min: 0, max: limits.thresholds }),
      [],
      "What must hold for the run to pass: METRIC OP VALUE, as 'latency.p99 < 500ms', or a block that says of which columns. 'meshtrial list metrics' has the metrics.",
      'none',
    ),
    impact: optional(
      choice(['none', 'twin']),
      'none',
      'twin: run every cell beside one without its faults, and report what the faults did. It takes twice the time.',
      'none',
    ),
    variants: optional(
      variantsForm(),
      null,
      'Configurations to compare, by name, each with what it sets anew by paths as in matrix; null takes away what is written. The matrix is run for each.',
      'none',
    ),
    matrix: optional(
      matrixForm(),
      null,
      'Values to try for any parameter, by its path, as { loadBalancer.policy: [ring, random] }: a column each.',
      'one column',
    ),
  };
}

/** A scenario at one point of its matrix. */
export function documentForm(vocabulary: Vocabulary) {
  return block('a scenario', documentFields(vocabulary), { check: checkTrial, make: makeTrial });
}

/** The schema of a scenario file, for editors. */
export function documentSchema(vocabulary: Vocabulary): JsonSchema {
  const distribution = distributionSchema(distributionForm(vocabulary.readText));
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A meshtrial scenario',
    ...requiredUnless(documentForm(vocabulary).schema, ['matrix', 'variants']),
    definitions: { distribution },
  };
}

function nameForm(): Form<string> {
  const fix = 'use lower-case letters, digits and hyphens, such as zone-outage';
  const what = 'a name of lower-case letters, digits and hyphens';
  return word(what, /^[a-z0-9][a-z0-9-]*$/, limits.nameLength, 'zone-outage', fix);
}

/** `arrivals` is poisson where nothing is written. */
function loadForm(): Form<LoadConfig> {
  const count = (max: number) => integer({ min: 1, max }, '10000');
  const zipf = block(
    'a Zipf law of keys',
    {
      count: required(count(limits.zipfKeys), 'How many keys.'),
      exponent: required(
        number({ min: 0, max: 100 }, '0.9'),
        'How much more popular the popular ones are; 0 is uniform.',
      ),
    },
    { make: (values) => ({ kind: 'zipf' as const, count: values.count, exponent: values.exponent }) },
  );
  const uniform = block(
    'a uniform law of keys',
    { count: required(count(limits.count), 'How many keys.') },
    { make: (values) => ({ kind: 'uniform' as const, count: values.count }) },
  );
  const keys = variant<NonNullable<LoadConfig['keys']>>({
    what: 'law of keys',
    cases: () => ({ zipf, uniform }),
    docs: { zipf: 'Some keys are far more popular than others.', uniform: 'All keys are equally popular.' },
    example: '{ uniform: { count: 10000 } }',
  });
  const fields = {
    arrivals: optional(choice(['poisson', 'constant']), 'poisson', 'At random, or evenly spaced.', 'poisson'),
    rate: required(rate(), 'Requests of all callers together.'),
    keys: optional(keys, null, 'What requests are about, for strategies that hash.', 'no keys'),
  };
  return block('a load', fields, {
    make: ({ arrivals, rate: ratePerMs, keys }) => ({ arrivals, ratePerMs, keys }),
  });
}

function networkForm(distribution: Form<Distribution>): Form<Distribution> {
  const fields = { latency: required(distribution, 'One way, drawn for each leg.') };
  return block('a network', fields, { make: ({ latency }) => latency });
}

function discoveryForm(distribution: Form<Distribution>): Form<Distribution> {
  const fields = { lag: required(distribution, 'How late each caller learns of a change.') };
  return block('a block of discovery settings', fields, { make: ({ lag }) => lag });
}

/** Read by `matrix.ts` before the rest, since it says what the rest is. */
function matrixForm(): Form<true> {
  return {
    schema: { type: 'object', additionalProperties: { type: 'array', minItems: 1 } },
    type: 'block of paths, each with a list of values',
    example: '{ loadBalancer.policy: [ring, random] }',
    read: () => true,
  };
}

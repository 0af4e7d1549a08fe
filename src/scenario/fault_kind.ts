import type { FaultAction } from '../sim/config.ts';
import { block, optional, required, type Site } from './blocks.ts';
import { checkTarget, type TargetSpec, targetFields, targetOf } from './fault_target.ts';
import type { Form } from './form.ts';
import { choice, duration, name, number, share, trueOrFalse } from './scalars.ts';

/** What a fault does, and to whom, as written. */
export interface Effect {
  readonly action: FaultAction;
  readonly target: TargetSpec;
}

/** What each kind does, beside its target: DESIGN.md section 4. */
export function kindFields() {
  return {
    crash: optional(simple('crash'), null, 'The process dies: connections are refused, work in flight is reset.'),
    blackhole: optional(simple('blackhole'), null, 'The network swallows everything.'),
    hang: optional(simple('hang'), null, 'The process accepts and never answers; TCP probes pass.'),
    slow: optional(slow(), null, 'Service times are multiplied.'),
    errors: optional(errors(), null, 'A share of requests is answered with an error at once.'),
    'failing-checks': optional(failingChecks(), null, 'Health checks fail while requests are served well.'),
    degraded: optional(simple('degraded'), null, 'Health checks ask for others to be preferred (x-envoy-degraded).'),
    restart: optional(restart(), null, 'Planned restarts of one target after the other.'),
    registry: optional(registry(), null, 'An outage of the registry itself.'),
  };
}

type KindName = keyof ReturnType<typeof kindFields>;

export const kindNames: readonly KindName[] = [
  'crash',
  'blackhole',
  'hang',
  'slow',
  'errors',
  'failing-checks',
  'degraded',
  'restart',
  'registry',
];

/** Nothing without a target: that it is missing has been reported. */
function effect(action: FaultAction, target: TargetSpec | undefined): Effect | undefined {
  return target === undefined ? undefined : { action, target };
}

function simple(kind: 'crash' | 'blackhole' | 'hang' | 'degraded'): Form<Effect> {
  return block(`a fault of kind ${kind}`, targetFields(), {
    check: checkTarget,
    make: (values, site) => effect({ kind }, targetOf(values, site)),
  });
}

function slow(): Form<Effect> {
  const factor = number({ above: 0, max: 1_000_000 }, '10');
  const fields = { ...targetFields(), factor: required(factor, 'By how much service times are multiplied.') };
  return block('a fault of kind slow', fields, {
    check: checkTarget,
    make: (values, site) => effect({ kind: 'slow', factor: values.factor }, targetOf(values, site)),
  });
}

function errors(): Form<Effect> {
  const fields = {
    ...targetFields(),
    rate: required(share({}, false, '5%'), 'The share of requests answered with an error.'),
    probes: optional(trueOrFalse(), false, 'Whether probes fail alike.', 'false'),
  };
  return block('a fault of kind errors', fields, {
    check: checkTarget,
    make: (values, site) => {
      const { rate, probes } = values;
      return effect({ kind: 'errors', rate, probes }, targetOf(values, site));
    },
  });
}

function failingChecks(): Form<Effect> {
  const fields = {
    ...targetFields(),
    rate: optional(share({}, false, '50%'), 1, 'The share of checks that fail.', '100%'),
  };
  return block('a fault of kind failing-checks', fields, {
    check: checkTarget,
    make: (values, site) => effect({ kind: 'failing-checks', rate: values.rate }, targetOf(values, site)),
  });
}

/**
 * `drain` is 0s where it is not written, and `every` is drain + down: one target at a time. `preStop` instead of it is
 * Kubernetes' termination: its own sleep, then SIGTERM, then SIGKILL when `grace` is over.
 */
function restart(): Form<Effect> {
  const fields = {
    ...targetFields(),
    drain: optional(duration({}, '10s'), 0, 'How long a target that has deregistered goes on serving.', '0s'),
    preStop: optional(
      duration({}, '5s'),
      null,
      'Instead of drain: how long it goes on serving; then it refuses newcomers and finishes what it has.',
    ),
    grace: optional(
      duration({}, '30s'),
      null,
      'Beside preStop: how long after it deregistered it is killed if it has not finished.',
      '30s (Kubernetes terminationGracePeriodSeconds)',
    ),
    down: required(duration({ above: 0 }, '5s'), 'How long a target is stopped.'),
    every: optional(duration({}, '30s'), null, 'From one target to the next.', 'drain + down, or grace + down'),
    announce: optional(
      choice(['immediate-fail']),
      null,
      'What its answers to probes and requests say while it drains: fail it at once (x-envoy-immediate-health-check-fail).',
    ),
  };
  return block('a fault of kind restart', fields, {
    check: (values, site) => {
      checkTarget(values, site);
      checkTermination(site);
    },
    make: (values, site) => {
      const { drain, preStop, down, every } = values;
      const announce = values.announce === null ? {} : { announce: values.announce };
      if (preStop === null) {
        const action = { kind: 'restart' as const, drainMs: drain, downMs: down, ...announce };
        return effect({ ...action, everyMs: every ?? drain + down }, targetOf(values, site));
      }
      const graceMs = values.grace ?? DEFAULT_GRACE_MS;
      // A hook that outlasts the grace is cut off.
      const drainMs = Math.min(preStop, graceMs);
      const action = { kind: 'restart' as const, drainMs, graceMs, downMs: down, ...announce };
      return effect({ ...action, everyMs: every ?? graceMs + down }, targetOf(values, site));
    },
  });
}

/** Of a pod without terminationGracePeriodSeconds (kubernetes, pkg/apis/core/v1/defaults.go). */
const DEFAULT_GRACE_MS = 30_000;

function checkTermination(site: Pick<Site, 'has' | 'reportKey'>): void {
  if (site.has('drain') && site.has('preStop'))
    site.reportKey('preStop', "expected 'drain' or 'preStop', found both", 'remove one of them');
  if (site.has('grace') && !site.has('preStop'))
    site.reportKey('grace', "expected 'grace' beside 'preStop' only, found it without", 'write preStop: 0s');
}

/** Hits no instance. Whether the zone has anybody is checked with all targets. */
function registry(): Form<Effect> {
  const fields = {
    mode: required(
      choice(['down', 'stale', 'partitioned']),
      'down: nobody reaches it; stale: callers read what was true; partitioned: down for one zone.',
    ),
    zone: optional(name('the name of a zone', 'b'), null, 'The zone cut off; with mode: partitioned.'),
  };
  return block('a fault of kind registry', fields, {
    check: ({ mode }, site) => {
      if (mode === 'partitioned' && !site.has('zone') && !site.misspelt('zone')) {
        site.report(
          null,
          "expected 'zone' beside mode: partitioned, found no such key",
          'add zone: a, or write mode: down',
        );
      }
      if (mode !== undefined && mode !== 'partitioned' && site.has('zone')) {
        site.reportKey('zone', `expected 'zone' beside mode: partitioned only, found mode: ${mode}`, 'remove it');
      }
    },
    make: ({ mode, zone }, site) => {
      const target: TargetSpec =
        zone === null
          ? { kind: 'none', offset: site.offset(null) }
          : { kind: 'peers', zone, offset: site.offset('zone') };
      return { action: { kind: 'registry', mode, zone }, target };
    },
  });
}

/** Exactly one kind. */
export function checkKind(site: Site<ReturnType<typeof kindFields>>): void {
  const written = kindNames.filter((kind) => site.has(kind));
  // An unknown key that is like no other was probably meant to be the kind.
  if (written.length === 0 && !site.misspelt(null) && !kindNames.some((kind) => site.misspelt(kind))) {
    const message = `expected the kind of the fault (${kindNames.join(', ')}), found none`;
    site.report(null, message, 'write { crash: { zone: a }, at: 60s }');
  }
  for (const kind of written.slice(1)) {
    site.reportKey(kind, `expected one kind of fault, found '${kind}' beside '${written[0]}'`, 'write two faults');
  }
}

import type { Distribution, FaultAction, FaultConfig, FaultWhen } from '../sim/config.ts';
import { block, optional, required, type Site } from './blocks.ts';
import { isAlwaysZero } from './distribution.ts';
import { checkTarget, resolveTarget, type TargetSpec, targetFields, targetOf } from './fault_target.ts';
import type { Form } from './form.ts';
import type { Fleet } from './instances.ts';
import type { Reading } from './reading.ts';
import { choice, duration, name, number, share, trueOrFalse } from './scalars.ts';
import { formatDuration } from './units.ts';

/** A fault as written: its target is not looked up yet, since instances may be written below it. */
export interface FaultSpec {
  readonly action: FaultAction;
  readonly target: TargetSpec;
  readonly when: FaultWhen;
  /** Of the fault, and of its `at`. */
  readonly offset: number;
  readonly atOffset: number;
}

interface Effect {
  readonly action: FaultAction;
  readonly target: TargetSpec;
}

/** What each kind does, beside its target: DESIGN.md section 4. */
function kinds() {
  return {
    crash: optional(simple('crash'), null, 'The process dies: connections are refused, work in flight is reset.'),
    blackhole: optional(simple('blackhole'), null, 'The network swallows everything.'),
    hang: optional(simple('hang'), null, 'The process accepts and never answers; TCP probes pass.'),
    slow: optional(slow(), null, 'Service times are multiplied.'),
    errors: optional(errors(), null, 'A share of requests is answered with an error at once.'),
    restart: optional(restart(), null, 'Planned restarts of one target after the other.'),
    registry: optional(registry(), null, 'An outage of the registry itself.'),
  };
}

type KindName = keyof ReturnType<typeof kinds>;

const kindNames: readonly KindName[] = ['crash', 'blackhole', 'hang', 'slow', 'errors', 'restart', 'registry'];

/** Nothing without a target: that it is missing has been reported. */
function effect(action: FaultAction, target: TargetSpec | undefined): Effect | undefined {
  return target === undefined ? undefined : { action, target };
}

function simple(kind: 'crash' | 'blackhole' | 'hang'): Form<Effect> {
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

/** `drain` is 0s where it is not written, and `every` is drain + down: one target at a time. */
function restart(): Form<Effect> {
  const fields = {
    ...targetFields(),
    drain: optional(duration({}, '10s'), 0, 'How long a target that has deregistered goes on serving.', '0s'),
    down: required(duration({ above: 0 }, '5s'), 'How long a target is stopped.'),
    every: optional(duration({}, '30s'), null, 'From one target to the next.', 'drain + down'),
  };
  return block('a fault of kind restart', fields, {
    check: checkTarget,
    make: (values, site) => {
      const { drain, down, every } = values;
      const everyMs = every ?? drain + down;
      return effect({ kind: 'restart', drainMs: drain, downMs: down, everyMs }, targetOf(values, site));
    },
  });
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

/** `{ KIND: { TARGET, options }, WHEN }`. */
export function faultForm(distribution: Form<Distribution>): Form<FaultSpec> {
  const fields = {
    ...kinds(),
    at: optional(duration({}, '60s'), null, 'When it begins, from time 0; instead of lifetime.'),
    for: optional(duration({ above: 0 }, '20s'), null, 'How long it lasts.', 'to the end'),
    lifetime: optional(distribution, null, 'How long each target stays up, drawn anew each time; instead of at.'),
    repair: optional(distribution, null, 'How long each target stays down, drawn anew each time.', 'for good'),
  };
  return block('a fault', fields, {
    check: (values, site) => {
      checkKind(site);
      checkWhen(site);
      if (values.lifetime != null && isAlwaysZero(values.lifetime)) {
        site.report('lifetime', 'expected a lifetime above 0s, found 0s only', 'write how long a target stays up');
      }
    },
    make: (values, site) => {
      const effect = kindNames.map((kind) => values[kind]).find((value) => value !== null);
      const when = whenOf(values);
      if (effect == null || when === null) return undefined;
      return { ...effect, when, offset: site.offset(null), atOffset: site.offset('at') };
    },
  });
}

function checkKind(site: Site<ReturnType<typeof kinds>>): void {
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

type When = { readonly at: number | null; readonly for: number | null } & {
  readonly lifetime: Distribution | null;
  readonly repair: Distribution | null;
};

/** Scheduled by `at` and `for`, or drawn by `lifetime` and `repair`; never both. */
function checkWhen(site: Pick<Site, 'has' | 'misspelt' | 'report' | 'reportKey'>): void {
  const refuse = (key: string, message: string, fix: string) => {
    if (site.has(key)) site.reportKey(key, message, fix);
  };
  if (!site.has('at') && !site.has('lifetime') && !site.misspelt('at') && !site.misspelt('lifetime')) {
    site.report(null, "expected 'at' or 'lifetime' in the fault, found neither", 'add at: 60s');
  }
  if (site.has('at')) {
    refuse('lifetime', "expected 'at' or 'lifetime', found both", 'write two faults');
    refuse('repair', "expected 'repair' beside 'lifetime' only, found it beside 'at'", "write 'for' instead");
  } else {
    refuse('for', "expected 'for' beside 'at' only, found it without", "write 'repair' to say how long it lasts");
    if (!site.has('lifetime')) refuse('repair', "expected 'repair' beside 'lifetime', found it alone", 'add lifetime');
  }
  if (site.has('registry')) {
    refuse('lifetime', "expected an outage of the registry to be scheduled, found a 'lifetime'", "write 'at' instead");
  }
  if (!site.has('restart')) return;
  refuse('for', "expected no 'for' in a restart, found one", "remove it: 'down' says how long");
  refuse('lifetime', "expected a restart to be scheduled, found a 'lifetime'", "write 'at' instead");
}

function whenOf(values: When): FaultWhen | null {
  if (values.at !== null) return { kind: 'at', atMs: values.at, forMs: values.for ?? Number.POSITIVE_INFINITY };
  if (values.lifetime === null) return null;
  return { kind: 'lifetime', lifetime: values.lifetime, repair: values.repair };
}

/** Looks targets up and reports those that do not exist, and faults that begin when all is over. */
export function resolveFaults(
  faults: readonly FaultSpec[],
  fleet: Fleet | undefined,
  durationMs: number | undefined,
  reading: Reading,
): readonly FaultConfig[] {
  const resolved: FaultConfig[] = [];
  for (const fault of faults) {
    const { action, when } = fault;
    if (when.kind === 'at' && durationMs !== undefined && when.atMs >= durationMs) {
      const message = `expected the fault to begin before the end at ${formatDuration(durationMs)}, found ${formatDuration(when.atMs)}`;
      reading.report(fault.atOffset, message, 'let it begin earlier, or make the run longer');
    }
    if (fleet === undefined) continue;
    const config = reading.once<FaultConfig | undefined>(fleet, fault, () => {
      const target = resolveTarget(fault.target, fleet, reading);
      return target === undefined ? undefined : { action, target, when };
    });
    if (config !== undefined) resolved.push(config);
  }
  return resolved;
}

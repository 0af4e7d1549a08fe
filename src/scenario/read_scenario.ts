import type { RegisteredStrategy } from '../balancer/strategy.ts';
import type { RegisteredSubsetting } from '../balancer/subsetting/subsetting.ts';
import type { RegisteredAccrual } from '../health/accrual/accrual.ts';
import type { RegisteredDetector } from '../health/heartbeat/detector.ts';
import { type Axis, createAxis, readAxes } from './axes.ts';
import { type Outcome, readColumns } from './columns.ts';
import { type Diagnostic, toDiagnostics } from './diagnostics.ts';
import type { ReadFile } from './distribution.ts';
import { documentForm } from './document.ts';
import { combine } from './matrix.ts';
import { withMovedKeys } from './moved_keys.ts';
import { overrideParams, type ParamOverride } from './param_overrides.ts';
import { policyPath } from './paths.ts';
import { parsePolicyLabel, policyName } from './policy.ts';
import { createReading, type Reading } from './reading.ts';
import type { Scenario } from './scenario.ts';
import { decodeSource } from './source.ts';
import { suggestion } from './suggest.ts';
import type { MetricUnit } from './threshold.ts';
import { readVariants } from './variants.ts';
import { describe, isNothing, quote, type Written, type WrittenMap, writtenScalar } from './written.ts';
import { parseYaml } from './yaml.ts';

export interface ReadOptions {
  readonly strategies: readonly RegisteredStrategy[];
  /** Kinds of subsetting a scenario may name. Absent: none. */
  readonly subsettings?: readonly RegisteredSubsetting[];
  /** Kinds of failure accrual. Absent: none. */
  readonly accruals?: readonly RegisteredAccrual[];
  /** Kinds of heartbeat detector a scenario may name. Absent: none. */
  readonly detectors?: readonly RegisteredDetector[];
  readonly metrics: readonly MetricUnit[];
  /** For `empirical: { file }`. Absent: such a file is a problem. */
  readonly readFile?: ReadFile;
  /**
   * Strategies, `name` or `name(option=value,..)`, that replace the matrix axis `loadBalancer.policy`, or become it, as the
   * last axis. Empty: none.
   */
  readonly policyOverride?: readonly string[] | undefined;
  /** Parameters set from outside, by path: in place of the matrix axis of that path, or as one more of one value. Empty: none. */
  readonly paramOverrides?: readonly ParamOverride[] | undefined;
  readonly seedOverride?: number | undefined;
  readonly replicationsOverride?: number | undefined;
}

export type ReadResult = { readonly scenario: Scenario } | { readonly problems: readonly Diagnostic[] };

/**
 * Reads a scenario file: either all that it says, with every default filled in, or all that is wrong with it, in the
 * order of the file. Whatever the content, it returns, and soon. `file` is only handed on to `readFile`.
 *
 * What the matrix or a variant sets is judged as set: a value in the file that every column replaces is not looked at.
 */
export function readScenario(content: string | Uint8Array, file: string, options: ReadOptions): ReadResult {
  const source = decodeSource(content);
  if ('problem' in source) return { problems: toDiagnostics(source.readable, [source.problem]) };
  const parsing = createReading();
  const { value: written, problems } = parsing.collect(() => parseYaml(source.text, parsing));
  if (written === null) return { problems: toDiagnostics(source.text, problems) };
  const { scenario, problems: more } = readDocument(written, file, options);
  if (problems.length === 0 && scenario !== null) return { scenario };
  // What YAML already has to say about a value is all that needs to be said.
  const known = new Set(problems.map(({ offset }) => offset));
  const others = more.filter(({ offset }) => !known.has(offset));
  return { problems: toDiagnostics(source.text, [...problems, ...others]) };
}

function readDocument(written: Written, file: string, options: ReadOptions): Outcome {
  if (written.kind !== 'map') {
    const fix = 'begin with name, duration, instances, load and loadBalancer';
    const found = isNothing(written) ? 'an empty file' : describe(written);
    return {
      scenario: null,
      problems: [{ offset: written.offset, message: `expected a scenario, found ${found}`, fix }],
    };
  }
  const { strategies, subsettings = [], accruals = [], detectors = [], metrics, readFile } = options;
  const readText = (path: string) => {
    if (readFile === undefined) throw new Error('files cannot be read here');
    return readFile(path, file);
  };
  const form = documentForm({ strategies, subsettings, accruals, detectors, metrics, readText });
  const reading = createReading();
  const document = withMovedKeys(withOverrides(written, options));
  const { value: grid, problems } = reading.collect(() => {
    const own = readAxes(document, form, reading);
    const set = overrideParams(own, options.paramOverrides ?? [], document, form, reading);
    const axes = overridePolicies(set, document, options, reading);
    const variants = readVariants(document, axes, form, reading);
    const offset = axes[0]?.keyOffset ?? document.entries.get('variants')?.keyOffset ?? 0;
    return { combinations: combine(axes, variants, offset, reading), offset };
  });
  const { combinations, offset } = grid;
  if (combinations === null) return { scenario: null, problems };
  const chosenStrategies = (options.policyOverride ?? []).length > 0;
  return readColumns({ document, combinations, offset, chosenStrategies }, form, problems, reading);
}

/** The command line's seed and replications stand where the file's would, and are judged by the same rules. */
function withOverrides(document: WrittenMap, { seedOverride, replicationsOverride }: ReadOptions): WrittenMap {
  const entries = new Map(document.entries);
  for (const [key, value] of Object.entries({ seed: seedOverride, replications: replicationsOverride })) {
    if (value === undefined) continue;
    const keyOffset = entries.get(key)?.keyOffset ?? document.offset;
    entries.set(key, { keyOffset, value: writtenScalar(String(value), keyOffset) });
  }
  return { ...document, entries };
}

function overridePolicies(
  axes: readonly Axis[],
  document: WrittenMap,
  options: ReadOptions,
  reading: Reading,
): readonly Axis[] {
  const { policyOverride = [], strategies } = options;
  if (policyOverride.length === 0) return axes;
  const names = strategies.map(({ name }) => name);
  const old = axes.find(({ path }) => path === policyPath);
  const offset = old?.keyOffset ?? document.entries.get('loadBalancer')?.keyOffset ?? document.offset;
  const policies = [...new Set(policyOverride)].flatMap((label) => {
    const policy = parsePolicyLabel(label, offset);
    const name = policy === null ? null : policyName(policy);
    if (policy !== null && name !== null && names.includes(name)) return [policy];
    const message = `expected a known strategy on the command line, found ${quote(label)}`;
    reading.report(offset, message, suggestion(name ?? label, names));
    return [];
  });
  if (policies.length === 0) return axes;
  const axis = createAxis(policyPath, offset, policies);
  return old === undefined ? [...axes, axis] : axes.map((other) => (other === old ? axis : other));
}

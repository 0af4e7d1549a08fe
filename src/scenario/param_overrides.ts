import { type Axis, readAxis } from './axes.ts';
import type { Form } from './form.ts';
import { movedPath } from './moved_keys.ts';
import { overlapsOwn, policyPath } from './paths.ts';
import type { Reading } from './reading.ts';
import { quote, type WrittenMap } from './written.ts';
import { parseYaml } from './yaml.ts';

/** A parameter by its path, and a value as a scenario writes it: what the command line sets for one run. */
export interface ParamOverride {
  readonly path: string;
  readonly value: string;
}

/**
 * Each parameter in place of the matrix axis of its path, or as an axis of one value after all others, under the rules
 * of the matrix. Places of problems are those of the value's text, not of the file.
 */
export function overrideParams(
  axes: readonly Axis[],
  params: readonly ParamOverride[],
  document: WrittenMap,
  form: Form<unknown>,
  reading: Reading,
): readonly Axis[] {
  const overridden = [...axes];
  for (const { path: typed, value: text } of params) {
    const path = movedPath(typed, document);
    if (path === policyPath) {
      const fix = "use --strategy, such as --strategy 'ring-hash(system=grpc)'";
      reading.report(0, `expected a parameter beside the strategy, found ${quote(path)}`, fix);
      continue;
    }
    const value = parseYaml(text, reading);
    if (value === null) continue;
    const entry = { keyOffset: 0, value: { kind: 'list', offset: 0, items: [value] } } as const;
    const axis = readAxis(path, entry, document, form, reading);
    if (axis === null) continue;
    const old = overridden.findIndex((other) => other.path === path);
    if (old >= 0) overridden[old] = axis;
    else if (!overlapsOwn(axis, overridden, reading)) overridden.push(axis);
  }
  return overridden;
}

import type { Axis } from './axes.ts';
import { limits } from './limits.ts';
import { getOrMake } from './memo.ts';
import { policyPath, type Target } from './paths.ts';
import type { Reading } from './reading.ts';
import type { Variant } from './variants.ts';
import { compact, isNothing, partOf, plainValue, type Written, type WrittenMap } from './written.ts';

/** What one column sets in the document: the overrides of its variant, then one value of each axis. */
export interface Combination {
  /** null where the scenario names no variants. */
  readonly variant: string | null;
  /** Its place among the combinations of the axes, from 0: equal for columns that differ in their variant only. */
  readonly point: number;
  /** The axes but for the policy, by path, with values as written. */
  readonly params: Readonly<Record<string, string | number | boolean>>;
  readonly settings: readonly Setting[];
}

export interface Setting {
  readonly target: Target;
  readonly value: Written;
}

/** The columns: variants slowest, then the axes in the order written, the last varying fastest. Null after reporting, at `offset`, that there are too many. */
export function combine(
  axes: readonly Axis[],
  variants: readonly Variant[],
  offset: number,
  reading: Reading,
): readonly Combination[] | null {
  const bundles = variants.length === 0 ? [{ name: null, overrides: [] }] : variants;
  const count = axes.reduce((product, { values }) => product * values.length, bundles.length);
  if (count > limits.columns) {
    const message = `expected at most ${limits.columns} columns, found ${count}`;
    reading.report(offset, message, 'try fewer values, or write several scenarios');
    return null;
  }
  const start: readonly (readonly Setting[])[] = [[]];
  const rows = axes.reduce(
    (shorter, axis) => shorter.flatMap((row) => axis.values.map((value) => [...row, { target: axis, value }])),
    start,
  );
  const points = rows.map((row) => ({ row, params: paramsOf(row) }));
  return bundles.flatMap(({ name, overrides }) => {
    const own = overrides.map((override) => ({ target: override, value: override.value }));
    return points.map(({ row, params }, point) => ({ variant: name, point, params, settings: [...own, ...row] }));
  });
}

function paramsOf(row: readonly Setting[]): Record<string, string | number | boolean> {
  const params: Record<string, string | number | boolean> = {};
  for (const { target, value } of row) {
    if (target.path !== policyPath) params[target.path] = value.kind === 'scalar' ? plainValue(value) : compact(value);
  }
  return params;
}

/** Sets values into a document without changing it. */
export interface Grafter {
  graft(document: WrittenMap, settings: readonly Setting[]): WrittenMap;
}

/**
 * Copies only what is above a value, and makes no copy twice: equal parts of two columns are one object, which is what
 * lets `Reading.once` read them once. Nothing (null) as the value of a key takes the key away.
 */
export function createGrafter(): Grafter {
  const copies = new WeakMap<Written, Map<string, WeakMap<Written, Written>>>();

  const withPart = (container: Written, key: string, part: Written, keyOffset: number): Written => {
    const byKey = getOrMake(copies, container, () => new Map<string, WeakMap<Written, Written>>());
    const byPart = getOrMake(byKey, key, () => new WeakMap<Written, Written>());
    return getOrMake(byPart, part, () => copyWithPart(container, key, part, keyOffset));
  };

  const graftAt = (written: Written | undefined, { target, value }: Setting, depth: number): Written => {
    const key = target.keys[depth];
    if (key === undefined) return value;
    const container = written === undefined || written.kind === 'scalar' ? target.emptyBlock : written;
    return withPart(container, key, graftAt(partOf(written, key), { target, value }, depth + 1), target.keyOffset);
  };

  return {
    graft: (document, settings) =>
      settings.reduce(
        (grafted, setting) =>
          takesFromNothing(grafted, setting) ? grafted : (graftAt(grafted, setting, 0) as WrittenMap),
        document,
      ),
  };
}

/** Whether a setting would take away what is not there: blocks on the way to it must not come to be by that. */
function takesFromNothing(document: WrittenMap, { target, value }: Setting): boolean {
  if (!isNothing(value)) return false;
  let here: Written | undefined = document;
  for (const key of target.keys) here = partOf(here, key);
  return here === undefined;
}

function copyWithPart(container: Written, key: string, value: Written, newKeyOffset: number): Written {
  if (container.kind === 'list') return { ...container, items: container.items.with(Number(key), value) };
  const entries = new Map(container.kind === 'map' ? container.entries : []);
  const keyOffset = entries.get(key)?.keyOffset ?? newKeyOffset;
  if (isNothing(value)) entries.delete(key);
  else entries.set(key, { keyOffset, value });
  return { kind: 'map', offset: container.offset, entries };
}

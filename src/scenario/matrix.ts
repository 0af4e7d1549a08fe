import { type Axis, policyPath } from './axes.ts';
import { limits } from './limits.ts';
import { getOrMake } from './memo.ts';
import type { Reading } from './reading.ts';
import { compact, partOf, plainValue, type Written, type WrittenMap } from './written.ts';

/** One combination of values, the last axis varying fastest. */
export interface Combination {
  readonly axes: readonly Axis[];
  /** One for each axis. */
  readonly values: readonly Written[];
}

/** All combinations in order, or null after reporting that there are too many. */
export function combine(axes: readonly Axis[], reading: Reading): readonly Combination[] | null {
  const count = axes.reduce((product, { values }) => product * values.length, 1);
  if (count > limits.columns) {
    const [first] = axes;
    const message = `expected at most ${limits.columns} columns, found ${count}`;
    reading.report(first?.keyOffset ?? 0, message, 'try fewer values, or write several scenarios');
    return null;
  }
  const start: readonly (readonly Written[])[] = [[]];
  const rows = axes.reduce((shorter, { values }) => shorter.flatMap((row) => values.map((v) => [...row, v])), start);
  return rows.map((values) => ({ axes, values }));
}

/** The other axes of a column, by path, with values as written. */
export function paramsOf({ axes, values }: Combination): Record<string, string | number | boolean> {
  const params: Record<string, string | number | boolean> = {};
  for (const [i, { path }] of axes.entries()) {
    const value = values[i] as Written;
    if (path !== policyPath) params[path] = value.kind === 'scalar' ? plainValue(value) : compact(value);
  }
  return params;
}

/** Sets values into a document without changing it. */
export interface Grafter {
  graft(document: WrittenMap, combination: Combination): WrittenMap;
}

/**
 * Copies only what is above a value, and makes no copy twice: equal parts of two columns are one object, which is what
 * lets `Reading.once` read them once.
 */
export function createGrafter(): Grafter {
  const copies = new WeakMap<Written, Map<string, WeakMap<Written, Written>>>();

  const withPart = (container: Written, key: string, part: Written, keyOffset: number): Written => {
    const byKey = getOrMake(copies, container, () => new Map<string, WeakMap<Written, Written>>());
    const byPart = getOrMake(byKey, key, () => new WeakMap<Written, Written>());
    return getOrMake(byPart, part, () => copyWithPart(container, key, part, keyOffset));
  };

  const graftAt = (written: Written | undefined, axis: Axis, depth: number, value: Written): Written => {
    const key = axis.keys[depth];
    if (key === undefined) return value;
    const container = written === undefined || written.kind === 'scalar' ? axis.emptyBlock : written;
    return withPart(container, key, graftAt(partOf(written, key), axis, depth + 1, value), axis.keyOffset);
  };

  return {
    graft: (document, { axes, values }) =>
      axes.reduce((grafted, axis, i) => graftAt(grafted, axis, 0, values[i] as Written) as WrittenMap, document),
  };
}

function copyWithPart(container: Written, key: string, value: Written, newKeyOffset: number): Written {
  if (container.kind === 'list') return { ...container, items: container.items.with(Number(key), value) };
  const entries = new Map(container.kind === 'map' ? container.entries : []);
  entries.set(key, { keyOffset: entries.get(key)?.keyOffset ?? newKeyOffset, value });
  return { kind: 'map', offset: container.offset, entries };
}

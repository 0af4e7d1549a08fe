import { quote } from './written.ts';

/** How to mend an unknown name: the known one it resembles, if any, and all there are. */
export function suggestion(found: string, known: readonly string[]): string {
  const near = nearest(found, known);
  const all = known.length === 0 ? 'there are none' : `known: ${known.join(', ')}`;
  return near === null ? all : `did you mean ${quote(near)}? ${all}`;
}

/**
 * The known name that `found` was probably meant to be, or null. Envoy's snake_case counts as our camelCase, and
 * the ends of Kubernetes' `readinessProbe` and `periodSeconds` as nothing.
 */
export function nearest(found: string, known: readonly string[]): string | null {
  if (found.length > 64) return null;
  const simple = simplified(found);
  return nearestTo(simple, known) ?? nearestTo(simple.replace(/(?<=...)(probe|seconds|ms)$/, ''), known);
}

function nearestTo(simple: string, known: readonly string[]): string | null {
  let best: string | null = null;
  // Of a word of two letters every other is a near relation, but for one more of it.
  const plural = known.find((name) => simplified(name) === `${simple}s`);
  if (plural !== undefined) return plural;
  let bestDistance = simple.length < 3 ? 1 : Math.max(1, Math.floor(simple.length / 3)) + 1;
  for (const name of known) {
    const distance = editDistance(simple, simplified(name));
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

function simplified(name: string): string {
  return name.toLowerCase().replace(/[-_\s]/g, '');
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(at(last, j) + 1, at(row, j - 1) + 1, substitution);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, at(beforeLast, j - 2) + 1);
      }
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] as number;
}

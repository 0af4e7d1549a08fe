import type { CellResult } from '../../run/result.ts';
import type { Column } from '../../scenario/scenario.ts';
import { binOf, type Grid } from './time_lines.ts';

interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Ends that fall on a border may miss it by rounding. */
const ROUNDING = 1e-9;

/** A blank where no fault acts. */
const MARK = '▔';

/**
 * Under which parts of the measured time a fault acts: outages as they were, scheduled faults as they are written, of
 * drawn ones that take nobody down the start.
 */
export function faultMarks(grid: Grid, { trial }: Column, { failovers, impact }: CellResult): string {
  const stretches: Stretch[] = [
    ...failovers.map(({ startMs, endMs }) => ({ fromMs: startMs, toMs: endMs ?? Infinity })),
    ...impact.map(({ startMs }) => ({ fromMs: startMs, toMs: startMs })),
    ...trial.faults.flatMap((fault) => scheduled(fault, trial.durationMs)),
  ];
  const marks = new Array<string>(grid.bins).fill(' ');
  for (const { fromMs, toMs } of stretches) {
    const first = Math.max(binOf(grid, fromMs), 0);
    // What ends with a part does not act in the next.
    const last = Math.min(Math.max(Math.ceil(binAt(grid, toMs) - ROUNDING) - 1, binOf(grid, fromMs)), grid.bins - 1);
    for (let bin = first; bin <= last; bin++) marks[bin] = MARK;
  }
  return marks.join('');
}

function binAt({ fromMs, toMs, bins }: Grid, atMs: number): number {
  return ((Math.min(atMs, toMs) - fromMs) * bins) / (toMs - fromMs);
}

/** A restart has a length of its own, and its outages say when. */
function scheduled({ action, when }: Column['trial']['faults'][number], durationMs: number): Stretch[] {
  if (action.kind === 'restart') return [];
  if (when.kind === 'at') return [{ fromMs: when.atMs, toMs: when.atMs + when.forMs }];
  if (when.kind !== 'repeated') return [];
  const { atMs, forMs, everyMs, times } = when;
  const count = Math.min(times, Math.max(Math.ceil((durationMs - atMs) / everyMs), 0));
  return Array.from({ length: count }, (_, i) => {
    const fromMs = atMs + i * everyMs;
    return { fromMs, toMs: fromMs + forMs };
  });
}

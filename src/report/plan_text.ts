import Table from 'cli-table3';
import type { Plan, PlannedColumn } from '../run/plan.ts';
import { paramNames } from './columns.ts';
import { counted } from './counts.ts';
import { plain } from './strategy_table.ts';
import { human, humanMs } from './units.ts';

/** What would be run, a line a column, and about how long it would take. */
export function planText(plan: Plan): string {
  const { scenario, columns, runs, maxRuns } = plan;
  const fields = shownFields(columns);
  const table = new Table({
    chars: plain,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
    colAligns: fields.map(({ align }) => align ?? 'left'),
    head: fields.map(({ head }) => head),
  });
  for (const column of columns) table.push(fields.map(({ read }) => read(column)));
  const lines = table.toString().split('\n');
  const count =
    maxRuns === runs ? counted(runs, 'run') : `${human(runs, 'count')} to ${counted(maxRuns, 'run')}, until precise,`;
  return `${scenario}: ${count} in ${counted(columns.length, 'column')}\n\n${lines.map((line) => line.trimEnd()).join('\n')}\n\n${timeLine(plan)}\n`;
}

interface ShownField {
  readonly head: string;
  readonly align?: 'right';
  readonly read: (column: PlannedColumn) => string;
}

function shownFields(columns: readonly PlannedColumn[]): ShownField[] {
  const variants = columns.some(({ variant }) => variant !== null);
  return [
    ...(variants ? [{ head: 'variant', read: ({ variant }: PlannedColumn) => variant ?? '' }] : []),
    { head: 'strategy', read: ({ strategy }) => strategy },
    ...paramNames(columns).map((path) => ({ head: path, read: ({ params }: PlannedColumn) => String(params[path]) })),
    { head: 'seeds', read: seedsText },
    { head: 'requests a run', align: 'right', read: ({ requests }) => human(requests, 'count') },
  ];
}

function seedsText({ firstSeed, replications, maxReplications }: PlannedColumn): string {
  const last = firstSeed + replications - 1;
  const range = replications === 1 ? `${firstSeed}` : `${firstSeed} to ${last}`;
  return maxReplications === replications ? range : `${range}, at most to ${firstSeed + maxReplications - 1}`;
}

function timeLine({ seconds, maxSeconds, jobs }: Plan): string {
  const [least, most] = [aboutText(seconds), aboutText(maxSeconds)];
  const time = least === most ? `about ${least}` : `about ${least}, at most about ${most}`;
  const at = jobs === 1 ? 'one run at a time' : `${jobs} runs at a time`;
  return `${time} with ${at}, judging by slices of the beginning: half to twice as long; nothing was run to its end, nothing written`;
}

/** More than one digit would be a lie, from ten on more than two. */
function aboutText(seconds: number): string {
  if (seconds < 1) return '1 s';
  const unit = seconds < 120 ? 1 : seconds < 7_200 ? 60 : 3_600;
  return humanMs(Number((seconds / unit).toPrecision(seconds / unit < 10 ? 1 : 2)) * unit * 1000);
}

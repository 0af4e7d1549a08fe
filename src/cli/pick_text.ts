import { counted } from '../report/counts.ts';
import { wrap } from '../report/wrap.ts';
import type { InstanceShare, Pick, PickResult, PickRound } from '../run/pick.ts';
import { visible } from '../scenario/diagnostics.ts';

export interface PickTextOptions {
  /** What was asked, and what was asked about afterwards. */
  readonly title: { readonly before: string; readonly after: string };
  /** Characters in a line. */
  readonly width: number;
}

/** In tables: nobody, or nothing to say. */
const NONE = '-';

/** Picks a chunk of the output stands for. */
const CHUNK = 1_000;

/** The picks, then what each instance got: the shares end up where a terminal stands still. */
export function* pickText(result: PickResult, { title, width }: PickTextOptions): Generator<string> {
  const { before, after, moves } = result;
  const { picks } = before;
  yield `${visible(title.before)}: ${counted(picks.length, 'pick')}\n\n`;
  if (picks.some(({ key }) => key !== undefined)) yield* keyLines(picks, after?.picks ?? null);
  else {
    yield* sequence(picks, width);
    if (after !== null) {
      yield `\n${visible(title.after)}\n\n`;
      yield* sequence(after.picks, width);
    }
  }
  yield `\n${shareTable(before, after).join('\n')}\n`;
  if (after === null) return;
  const moved = moves.reduce((sum, move) => sum + move.picks, 0);
  const what = `${moved} of ${counted(picks.length, 'pick')} moved, ${percent(moved / picks.length)}`;
  yield `\n${visible(title.after)}: ${what}\n`;
  if (moved > 0) yield `${table(['from', 'to', 'picks'], moves.map(cellsOf), 2).join('\n')}\n`;
}

function cellsOf({ from, to, picks }: PickResult['moves'][number]): string[] {
  return [from ?? NONE, to ?? NONE, String(picks)];
}

/** The ids in turn. */
function* sequence(picks: readonly Pick[], width: number): Generator<string> {
  for (let i = 0; i < picks.length; i += CHUNK) {
    const ids = picks.slice(i, i + CHUNK).map(({ instance }) => instance ?? NONE);
    yield `${wrap(ids.join(' '), width, '  ', '  ').join('\n')}\n`;
  }
}

/** A line a key; where it went afterwards, if elsewhere. */
function* keyLines(picks: readonly Pick[], after: readonly Pick[] | null): Generator<string> {
  const width = Math.min(40, Math.max(3, ...picks.slice(0, CHUNK).map(({ key = '' }) => visible(key).length)));
  yield `  ${'key'.padEnd(width)}  instance\n`;
  for (let i = 0; i < picks.length; i += CHUNK) {
    const lines = picks.slice(i, i + CHUNK).map(({ key = '', instance }, j) => {
      const second = after === null ? instance : after[i + j].instance;
      const moved = second === instance ? '' : ` -> ${second ?? NONE}`;
      return `  ${visible(key).padEnd(width)}  ${instance ?? NONE}${moved}\n`;
    });
    yield lines.join('');
  }
}

/** What each instance got and was due, before and after. */
function shareTable({ picks, shares }: PickRound, after: PickRound | null): string[] {
  const total = picks.length;
  const columns = ['weight', 'picks', 'share', 'expected'];
  const cells = (share: InstanceShare | undefined): string[] =>
    share === undefined
      ? columns.map(() => NONE)
      : [
          ...[String(share.weight), String(share.picks), percent(share.picks / total)],
          share.due === null ? NONE : percent(share.due),
        ];
  const sharesBefore = new Map(shares.map((share) => [share.id, share]));
  if (after === null)
    return table(
      ['instance', ...columns],
      shares.map((share) => [share.id, ...cells(share)]),
      1,
    );
  const sharesAfter = new Map(after.shares.map((share) => [share.id, share]));
  const ids = [...new Set([...sharesBefore.keys(), ...sharesAfter.keys()])];
  const rows = ids.map((id) => [id, ...cells(sharesBefore.get(id)), '', ...cells(sharesAfter.get(id))]);
  return table(['instance', ...columns, '->', ...columns], rows, 1);
}

/** Columns two apart, the first `left` of them to the left. */
function table(head: readonly string[], rows: readonly (readonly string[])[], left: number): string[] {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => lines.reduce((widest, line) => Math.max(widest, line[column].length), 0));
  return lines.map((line) => {
    const cells = line.map((cell, column) =>
      column < left ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
    );
    return `  ${cells.join('  ')}`.trimEnd();
  });
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)}%`;
}

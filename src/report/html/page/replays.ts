import type { ColumnData } from '../report_data.ts';
import { h } from './dom.ts';
import { copyButton, replayBox } from './figure_box.ts';
import { columnMark, markPicture } from './keys.ts';
import { paletteOf } from './palette.ts';
import type { Store } from './store.ts';
import type { Table } from './table.ts';
import { nameOf, replayOf, runsOf } from './words.ts';

/** A column that a picture shows. */
export interface Drawn {
  readonly column: number;
  /** Over all its runs; else as its course has it, which is that of one. */
  readonly isPooled: boolean;
  /** What the picture's table calls it; absent: its name. */
  readonly label?: string;
}

/** What a picture shows of one column, and the line that makes it again. */
export interface Replay extends Drawn {
  /** `ring, seed 42`, `ring, 10 seeds` */
  readonly name: string;
  readonly line: string;
  /** Options in it that look into the run. */
  readonly look: string;
}

/** The line of each column that is drawn. `look`: options of replay that look into a run, as ` --around 60s`. */
export function replaysOf({ data }: Store, drawn: readonly Drawn[], look = ''): Replay[] {
  return drawn.flatMap((one): Replay[] => {
    const column = data.columns[one.column];
    if (one.isPooled)
      return [{ ...one, name: `${nameOf(column)}, ${seedsText(column)}`, line: runsOf(data, column), look: '' }];
    const seed = column.course?.seed;
    if (seed === undefined) return [];
    return [{ ...one, name: `${nameOf(column)}, seed ${seed}`, line: `${replayOf(data, column, seed)}${look}`, look }];
  });
}

function seedsText({ runs }: ColumnData): string {
  return runs.length === 1 ? `seed ${runs[0].seed}` : `${runs.length} seeds`;
}

/** What the box of these lines is about, in the words of what shows it. */
export interface ReplayHead {
  readonly title: string;
  /** What was read off the picture. */
  readonly readout?: HTMLElement | undefined;
}

/** A line for each, to be copied. */
export function replayList(
  store: Store,
  { title, readout }: ReplayHead,
  all: readonly Replay[],
): readonly HTMLElement[] {
  const palette = paletteOf(store.view.theme);
  return [
    ...(readout === undefined ? [] : [readout]),
    h('div', { class: 'again-head' }, h('strong', {}, title), all.length > 1 ? copyAll(all) : null),
    ...notes(all).map((text) => h('p', { class: 'note' }, text)),
    h(
      'ul',
      { class: 'again' },
      ...all.map(({ column, name, line }) =>
        h('li', {}, h('span', {}, markPicture(columnMark(column, palette)), name), replayBox(line, { what: name })),
      ),
    ),
  ];
}

function copyAll(all: readonly Replay[]): HTMLElement {
  const lines = all.map(({ line }) => `${line}\n`).join('');
  return copyButton(lines, `copy all ${all.length}`, `copy all ${all.length} commands`);
}

/** What comes of typing them. */
function notes(all: readonly Replay[]): string[] {
  if (all.length === 0) return ['Nothing is drawn.'];
  const texts = all.map(({ isPooled, look }) => {
    if (isPooled) return 'Prints the figures of all its runs together, and writes a page with this picture of them.';
    if (look !== '') return 'Prints the figures of that run, and what happened in it then.';
    return "Prints the figures of that run, and what happened in it. With 'run' in place of 'replay', and '--replications 1 --html --out results/again' at its end, it is drawn again, beside its series.csv.";
  });
  return [...new Set(texts)];
}

/** A table with the line of each row, where it has one. Rows of several columns begin with whose they are. */
export function withReplays({ header, rows }: Table, { data }: Store, replays: readonly Replay[]): Table {
  const lines = new Map(replays.map(({ column, label, line }) => [label ?? nameOf(data.columns[column]), line]));
  const lineOf = (row: Table['rows'][number]) =>
    header[0] === 'strategy' ? (lines.get(String(row[0])) ?? null) : (replays[0]?.line ?? null);
  return { header: [...header, 'replay'], rows: rows.map((row) => [...row, lineOf(row)]) };
}

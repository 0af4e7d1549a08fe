import type { RecordedOutage } from '../sim/faults/when.ts';
import { block, required } from './blocks.ts';
import type { Form } from './form.ts';
import type { Fleet } from './instances.ts';
import { limits } from './limits.ts';
import type { Reading } from './reading.ts';
import { prose } from './scalars.ts';
import { suggestion } from './suggest.ts';
import { isUnreadable, parseDuration } from './units.ts';
import { unreadableFile } from './unreadable_file.ts';
import { describe, quote, writtenScalar } from './written.ts';

const PATH_LENGTH = 1_000;
const columns = ['instance', 'down', 'up'] as const;

/** Outages as recorded, by the names of instances: those are looked up when it is known which there are. */
export interface TraceSpec {
  readonly path: string;
  readonly rows: readonly TraceRow[];
  /** When the first outage begins. */
  readonly firstMs: number;
  /** Of the path. */
  readonly offset: number;
}

interface TraceRow {
  readonly line: number;
  readonly id: string;
  readonly downMs: number;
  /** Infinity: to the end. */
  readonly upMs: number;
}

/**
 * `trace: { file: outages.csv }`: a CSV whose first line names its columns, among them instance, down and up; others do
 * not count, nor do blank lines and lines that begin with #. Times are durations from time 0, or bare milliseconds; no up
 * is to the end of the run. Outages of one instance that overlap or touch are one.
 */
export function traceForm(readText: (path: string) => string): Form<TraceSpec> {
  const file = { ...prose(PATH_LENGTH), example: 'outages.csv' };
  const fields = { file: required(file, 'A CSV with columns instance, down and up, relative to this one.') };
  // One file may be named in many places.
  const known = new Map<string, readonly TraceRow[] | string>();
  const load = (path: string) => {
    const rows = known.get(path) ?? (known.size < limits.traceFiles ? parseTrace(path, readText) : tooManyFiles);
    known.set(path, rows);
    return rows;
  };
  return block('a trace', fields, {
    make: (values, site) => {
      const offset = site.offset('file');
      const rows = load(values.file);
      if (typeof rows === 'string') {
        return site.reading.report(offset, rows, 'write lines such as a-1,90s,2m below a line instance,down,up');
      }
      const firstMs = rows.reduce((least, { downMs }) => Math.min(least, downMs), Number.POSITIVE_INFINITY);
      return { path: values.file, rows, firstMs, offset };
    },
  });
}

const tooManyFiles = `expected at most ${limits.traceFiles} traces, found more`;

/** The rows, or what is wrong with the file. */
function parseTrace(path: string, readText: (path: string) => string): readonly TraceRow[] | string {
  let text: string;
  try {
    text = readText(path);
  } catch (error) {
    return unreadableFile(path, error);
  }
  const rows: TraceRow[] = [];
  let places: readonly number[] | null = null;
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '' || line.trim().startsWith('#')) continue;
    const cells = line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
    const where = `on line ${index + 1} of ${quote(path)}`;
    const read: TraceRow | readonly number[] | string =
      places === null ? columnPlaces(cells, where) : parseRow(cells, places, index + 1, where);
    if (typeof read === 'string') return read;
    if ('id' in read) rows.push(read);
    else places = read;
    if (rows.length > limits.traceRows) {
      return `expected at most ${limits.traceRows} outages in ${quote(path)}, found more`;
    }
  }
  return rows.length > 0 ? rows : `expected outages in ${quote(path)}, found none`;
}

function columnPlaces(cells: readonly string[], where: string): readonly number[] | string {
  const places = columns.map((column) => cells.indexOf(column));
  const missing = columns.find((_, i) => places[i] === -1);
  if (missing === undefined) return places;
  return `expected a column '${missing}' ${where}, found ${quote(cells.join(','))}: ${suggestion(missing, cells)}`;
}

function parseRow(cells: readonly string[], places: readonly number[], line: number, where: string): TraceRow | string {
  const [id = '', down = '', up = ''] = places.map((place) => cells[place] ?? '');
  if (id === '') return `expected the id of an instance ${where}, found nothing`;
  const downMs = parseTime(down);
  if (typeof downMs === 'string') return `expected when it went down ${where}, found ${downMs}`;
  const upMs = up === '' ? Number.POSITIVE_INFINITY : parseTime(up);
  if (typeof upMs === 'string') return `expected when it came up ${where}, found ${upMs}`;
  if (upMs > downMs) return { line, id, downMs, upMs };
  return `expected up to be after down ${where}, found ${quote(down)} and ${quote(up)}`;
}

/** Milliseconds, or what was found instead and how to mend it. */
function parseTime(cell: string): number | string {
  const bare = /^\d+(\.\d+)?$/.test(cell) ? Number(cell) : parseDuration(cell);
  if (!isUnreadable(bare)) return Math.min(bare, limits.durationMs);
  return `${describe(writtenScalar(cell, 0))}: write milliseconds, or a duration such as 90s`;
}

/** The outages of the instances there are, those of one instance apart from each other; or undefined after reporting. */
export function resolveTrace(
  { path, rows, offset }: TraceSpec,
  fleet: Fleet,
  reading: Reading,
): readonly RecordedOutage[] | undefined {
  const outages: RecordedOutage[] = [];
  for (const { line, id, downMs, upMs } of rows) {
    const instance = fleet.indexOf.get(id);
    if (instance !== undefined) outages.push({ instance, downMs, upMs });
    else {
      const message = `expected the id of an instance on line ${line} of ${quote(path)}, found ${quote(id)}`;
      return reading.report(offset, message, suggestion(id, [...fleet.indexOf.keys()].slice(0, NAMES_SHOWN)));
    }
  }
  return union(outages);
}

const NAMES_SHOWN = 20;

/** In order of their beginnings; what overlaps or touches at one instance is one. */
function union(outages: readonly RecordedOutage[]): readonly RecordedOutage[] {
  const last = new Map<number, number>();
  const apart: RecordedOutage[] = [];
  for (const outage of outages.toSorted((a, b) => a.downMs - b.downMs || a.instance - b.instance)) {
    const place = last.get(outage.instance);
    const before = place === undefined ? undefined : apart[place];
    if (place === undefined || before === undefined || outage.downMs > before.upMs) {
      last.set(outage.instance, apart.push(outage) - 1);
    } else apart[place] = { ...before, upMs: Math.max(before.upMs, outage.upMs) };
  }
  return apart;
}

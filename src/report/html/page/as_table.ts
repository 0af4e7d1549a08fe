import { h } from './dom.ts';
import type { Table } from './table.ts';

/** Rows of the table of a picture; all of them are in its CSV. */
const MOST_ROWS = 500;

/** A picture for who would rather read it. */
export function asTable({ header, rows }: Table, title: string): HTMLElement {
  const left = rows.length - MOST_ROWS;
  return h(
    'table',
    {},
    h('caption', {}, left > 0 ? `${title}: the first ${MOST_ROWS} of ${rows.length} rows; the CSV has all` : title),
    h('thead', {}, h('tr', {}, ...header.map((name) => h('th', { scope: 'col' }, name)))),
    h(
      'tbody',
      {},
      ...rows
        .slice(0, MOST_ROWS)
        .map((row) => h('tr', {}, ...row.map((value) => h('td', {}, value === null ? '' : String(value))))),
    ),
  );
}

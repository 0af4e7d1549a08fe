/** What names a row, where its table has it. */
const labels = ['strategy', 'variant', 'seed', 'metric', 'instance', 'fault', 'detector', 'start_ms'];
const MOST = 12;

interface Move {
  readonly text: string;
  /** The relative change; Infinity for what is no number on both sides. */
  readonly size: number;
  readonly isDigest: boolean;
}

/**
 * Which figures of a table moved and by how much, the largest first: `latency_p99_ms of ring, seed 42: 61.2 -> 63
 * (+2.9%)`. Rows are paired by their place. Empty for equal tables.
 */
export function movesBetween(before: string, after: string): string[] {
  const [oldHeader, ...oldRows] = parseCsv(before);
  const [header, ...rows] = parseCsv(after);
  const gone = oldHeader.filter((name) => !header.includes(name));
  const come = header.filter((name) => !oldHeader.includes(name));
  const moves = rows.flatMap((row, i) => {
    const old = oldRows[i];
    return old === undefined ? [] : rowMoves({ header: oldHeader, row: old }, { header, row });
  });
  // Digests move with anything, and say nothing of what.
  const figures = moves.filter(({ isDigest }) => !isDigest);
  const told = (figures.length > 0 ? figures : moves).sort((a, b) => b.size - a.size);
  return [
    ...(gone.length > 0 ? [`columns gone: ${gone.join(', ')}`] : []),
    ...(come.length > 0 ? [`new columns: ${come.join(', ')}`] : []),
    ...(rows.length === oldRows.length ? [] : [`${oldRows.length} rows -> ${rows.length}`]),
    ...told.slice(0, MOST).map(({ text }) => text),
    ...(told.length > MOST ? [`and ${told.length - MOST} more`] : []),
  ];
}

interface Row {
  readonly header: readonly string[];
  readonly row: readonly string[];
}

function rowMoves(old: Row, { header, row }: Row): Move[] {
  const who = header.flatMap((name, i) => {
    if (!(labels.includes(name) || name.startsWith('param_')) || row[i] === '') return [];
    return [name === 'strategy' || name === 'metric' || name === 'instance' ? row[i] : `${name} ${row[i]}`];
  });
  return header.flatMap((name, i) => {
    const before = old.row[old.header.indexOf(name)];
    if (before === undefined || before === row[i]) return [];
    const change = (Number(row[i]) - Number(before)) / Math.abs(Number(before));
    const isNumber = before !== '' && row[i] !== '' && Number.isFinite(change);
    const percent = isNumber ? ` (${change > 0 ? '+' : ''}${Number((100 * change).toPrecision(2))}%)` : '';
    const text = `${name} of ${who.join(', ')}: ${before === '' ? 'nothing' : before} -> ${row[i] === '' ? 'nothing' : row[i]}${percent}`;
    return [{ text, size: isNumber ? Math.abs(change) : Number.POSITIVE_INFINITY, isDigest: /digest/.test(name) }];
  });
}

/** RFC 4180, as our own files are written. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    row.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  return rows;
}

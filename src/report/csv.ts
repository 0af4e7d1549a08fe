import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import { invariant } from '../core/assert.ts';

/** null leaves the cell empty. */
export type Field = string | number | null;

/** One CSV file: what it is called, its columns in their fixed order, its rows in theirs. */
export interface Table {
  readonly file: string;
  readonly header: readonly string[];
  readonly rows: Iterable<readonly Field[]>;
}

/** A CSV file being written. Rows pass through; none is kept. */
export interface CsvWriter {
  write(rows: Iterable<readonly Field[]>): Promise<void>;
  /** Settles when the last byte has been handed to the file system. */
  end(): Promise<void>;
  /** Lets go of the file, half written as it is. */
  destroy(): void;
}

/** As many digits as any figure here has meaning in; fewer bytes, and the same ones on every machine. */
const SIGNIFICANT_DIGITS = 9;
const ROWS_IN_FLIGHT = 1024;

/** Begins a new file; it must not exist yet. */
export async function openCsv(path: string, header: readonly string[]): Promise<CsvWriter> {
  const file = createWriteStream(path, { flags: 'wx' });
  await once(file, 'open');
  const rowsIn = stringify({ writableHighWaterMark: ROWS_IN_FLIGHT });
  const finished = pipeline(rowsIn, file);
  // Whoever writes next, or ends, learns of a failure; until then it is nobody's unhandled rejection.
  finished.catch(() => {});
  rowsIn.write(header);
  return {
    async write(rows) {
      for (const row of rows) {
        if (!rowsIn.write(row.map(fieldText))) await Promise.race([once(rowsIn, 'drain'), finished]);
      }
    },
    async end() {
      rowsIn.end();
      await finished;
    },
    destroy() {
      rowsIn.destroy();
    },
  };
}

/** The text of a field before quoting. */
export function fieldText(field: Field): string {
  if (field === null) return '';
  if (typeof field === 'string') return field;
  invariant(Number.isFinite(field), () => `a CSV field is ${field}`);
  return String(Number(field.toPrecision(SIGNIFICANT_DIGITS)));
}

import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { SeriesSink } from '../run/replications.ts';
import type { CellLabel, ResultDocument } from '../run/result.ts';
import { paramNames } from './columns.ts';
import { comparisonTable } from './comparison_csv.ts';
import { openCsv, type Table } from './csv.ts';
import { detectorsTable } from './detectors_csv.ts';
import { failoversTable } from './failovers_csv.ts';
import { instancesTable } from './instances_csv.ts';
import { outputError } from './output_error.ts';
import { resultJson } from './result_json.ts';
import { runsTable } from './runs_csv.ts';
import { seriesFields, seriesFile, seriesHeader } from './series_csv.ts';
import { type Owner, openStaging } from './staging.ts';

export interface Output {
  /** Takes series while the study runs. */
  readonly series: SeriesSink;
  /** Writes all the rest, still out of sight. */
  write(document: ResultDocument): Promise<void>;
  /** Writes one more, after those: `make` gives its pieces and may read them in the folder it is told. */
  add(file: string, make: (folder: string) => Promise<Iterable<string>>): Promise<void>;
  /** Makes all files appear at once. Returns their names. */
  publish(): readonly string[];
  /** Leaves no trace of what was not published. */
  discard(): void;
}

const resultFile = 'result.json';
const tables: readonly ((document: ResultDocument) => Table)[] = [
  runsTable,
  instancesTable,
  failoversTable,
  detectorsTable,
  comparisonTable,
];

/**
 * Opens `directory` for the files of one study, before it runs, so that a folder that cannot be written is known at
 * once. Throws an OutputError then, as all that follows may.
 */
export async function openOutput(directory: string, columns: readonly CellLabel[], owner: Owner): Promise<Output> {
  const params = paramNames(columns);
  const staging = guardSync(directory, () => openStaging(directory, owner));
  const series = await guard(join(directory, seriesFile), () =>
    openCsv(staging.path(seriesFile), seriesHeader(params)),
  ).catch((thrown: unknown) => {
    staging.discard();
    throw thrown;
  });
  const files = [seriesFile];
  return {
    series: (label, seed, rows) =>
      guard(join(directory, seriesFile), () => series.write(seriesFields(params, label, seed, rows))),
    async write(document) {
      await guard(join(directory, seriesFile), () => series.end());
      for (const table of tables.map((tableOf) => tableOf(document))) {
        await guard(join(directory, table.file), () => writeTable(staging.path(table.file), table));
        files.push(table.file);
      }
      await guard(join(directory, resultFile), () => writeJson(staging.path(resultFile), document));
      // Last, so that whoever sees a new result.json sees the other new files too.
      files.push(resultFile);
    },
    async add(file, make) {
      const pieces = await make(staging.path('.'));
      const path = staging.path(file);
      await guard(join(directory, file), () =>
        pipeline(Readable.from(pieces), createWriteStream(path, { flags: 'wx' })),
      );
      files.unshift(file);
    },
    publish() {
      guardSync(directory, () => staging.publish(files));
      return files;
    },
    discard() {
      series.destroy();
      staging.discard();
    },
  };
}

async function writeTable(path: string, { header, rows }: Table): Promise<void> {
  const csv = await openCsv(path, header);
  try {
    await csv.write(rows);
    await csv.end();
  } catch (thrown) {
    csv.destroy();
    throw thrown;
  }
}

async function writeJson(path: string, document: ResultDocument): Promise<void> {
  await pipeline(Readable.from(resultJson(document)), createWriteStream(path, { flags: 'wx' }));
}

async function guard<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    throw outputError(path, thrown);
  }
}

function guardSync<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (thrown) {
    throw outputError(path, thrown);
  }
}

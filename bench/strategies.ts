import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { type Contender, everyVariant, jobs, labelOf } from './contenders.ts';
import type { Isolate } from './isolate.ts';

export interface StrategyBenchSettings {
  readonly hosts: readonly number[];
  /** Length of one turn. */
  readonly timeMs: number;
  /** Turns each contender takes, all in turn. */
  readonly rounds: number;
  readonly isolate: (contender: Contender, hosts: number) => Isolate;
  /** Where the CSV goes; null: nowhere. */
  readonly csv: string | null;
}

interface Row {
  readonly contender: string;
  readonly job: string;
  readonly kind: Contender['kind'];
  readonly hosts: number;
  readonly nsPerPick: number;
  readonly rebuildMs: number | null;
  /** Picks a second over those of the quickest peer in the same job; null where there is no peer. */
  readonly ratioToPeer: number | null;
}

interface Entry {
  readonly job: string;
  readonly contender: Contender;
}

/**
 * Picks a second of every strategy and variant beside the packages that do the same job. `strategy` is the strategy
 * alone, as packages pick; `balancer` is the whole Balancer with each pick acquired and released. All contenders of one
 * number of hosts take turns; the median turn counts.
 */
export async function benchStrategies(settings: StrategyBenchSettings): Promise<string> {
  const rows: Row[] = [];
  for (const hosts of settings.hosts) rows.push(...(await contest(entries(), hosts, settings)));
  if (settings.csv !== null) writeCsv(settings.csv, rows);
  return table(rows, settings.hosts).join('\n');
}

function entries(): Entry[] {
  const ours = everyVariant().flatMap(({ name, options, weighted }): Entry[] => {
    const job = labelOf(name, options);
    return (['strategy', 'balancer'] as const).map((kind) => ({ job, contender: { kind, name, options, weighted } }));
  });
  const theirs = jobs.flatMap(({ strategy, options, peers, others }): Entry[] =>
    [...peers, ...Object.keys(others)].map((name) => ({
      job: labelOf(strategy, options),
      contender: { kind: 'peer', name },
    })),
  );
  return [...ours, ...theirs];
}

async function contest(all: readonly Entry[], hosts: number, settings: StrategyBenchSettings): Promise<Row[]> {
  const rows: Row[] = [];
  // Contenders of one job take turns with each other: only they are compared.
  for (const job of new Set(all.map((entry) => entry.job))) {
    const contenders = all.filter((entry) => entry.job === job).map(({ contender }) => contender);
    const isolates = contenders.map((contender) => settings.isolate(contender, hosts));
    const turns = contenders.map((): { ns: number[]; rebuild: number[] } => ({ ns: [], rebuild: [] }));
    for (let round = 0; round < settings.rounds; round++) {
      for (const [i, isolate] of isolates.entries()) {
        const { nsPerPick, rebuildMs } = await isolate.turn(settings.timeMs);
        turns[i].ns.push(nsPerPick);
        if (rebuildMs !== null) turns[i].rebuild.push(rebuildMs);
      }
    }
    await Promise.all(isolates.map((isolate) => isolate.close()));
    const ns = turns.map((turn) => median(turn.ns));
    const ofPeers = ns.filter((_, i) => contenders[i].kind === 'peer' && !isOther(contenders[i].name));
    contenders.forEach(({ kind, name }, i) => {
      rows.push({
        contender: kind === 'peer' ? name : job,
        job,
        kind,
        hosts,
        nsPerPick: ns[i],
        rebuildMs: turns[i].rebuild.length === 0 ? null : median(turns[i].rebuild),
        ratioToPeer: kind === 'peer' || ofPeers.length === 0 ? null : Math.min(...ofPeers) / ns[i],
      });
    });
  }
  return rows;
}

function table(rows: readonly Row[], hosts: readonly number[]): string[] {
  const lines = [
    `${'picks a second, millions'.padEnd(56)}${hosts.map((n) => `${n} hosts`.padStart(13)).join('')}  rebuild of ${hosts.at(-1)}`,
  ];
  const title = ({ contender, kind }: Row): string =>
    kind === 'peer' ? `  ${contender}, npm` : `${contender}${kind === 'balancer' ? ', whole balancer' : ''}`;
  const keys = [...new Set(rows.map((row) => `${row.job} ${row.kind} ${row.contender}`))].toSorted(
    (a, b) => order(rows, a) - order(rows, b),
  );
  for (const key of keys) {
    const mine = rows.filter((row) => `${row.job} ${row.kind} ${row.contender}` === key);
    const cells = hosts.map((count) => {
      const row = mine.find((each) => each.hosts === count);
      if (row === undefined) return ''.padStart(13);
      const ratio = row.ratioToPeer === null || row.kind === 'balancer' ? '' : ` x${row.ratioToPeer.toPrecision(2)}`;
      return `${(1000 / row.nsPerPick).toPrecision(3)}${ratio}`.padStart(13);
    });
    const rebuild = mine.at(-1)?.rebuildMs ?? null;
    lines.push(
      `${title(mine[0]).padEnd(56)}${cells.join('')}${rebuild === null ? '' : `  ${rebuild.toPrecision(2)} ms`}`,
    );
  }
  lines.push('x2.0: twice as quick as the quickest package that gives the same kind of picks. Those of another kind:');
  for (const { others } of jobs) for (const [name, how] of Object.entries(others)) lines.push(`  ${name}: ${how}`);
  return lines;
}

/** Jobs in their order, ours before peers within each. */
function order(rows: readonly Row[], key: string): number {
  const first = rows.findIndex((row) => `${row.job} ${row.kind} ${row.contender}` === key);
  return first;
}

function writeCsv(path: string, rows: readonly Row[]): void {
  mkdirSync(dirname(path), { recursive: true });
  const columns = {
    job: 'job',
    kind: 'kind',
    contender: 'contender',
    hosts: 'hosts',
    nsPerPick: 'ns_per_pick',
    rebuildMs: 'rebuild_ms',
    ratioToPeer: 'ratio_to_quickest_peer',
  };
  const cut = (value: number | null): string => (value === null ? '' : String(Number(value.toPrecision(4))));
  const records = rows.map((row) => ({
    ...row,
    nsPerPick: cut(row.nsPerPick),
    rebuildMs: cut(row.rebuildMs),
    ratioToPeer: cut(row.ratioToPeer),
  }));
  writeFileSync(
    path,
    stringify(records, { header: true, columns: Object.entries(columns).map(([key, header]) => ({ key, header })) }),
  );
}

function isOther(name: string): boolean {
  return jobs.some(({ others }) => name in others);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

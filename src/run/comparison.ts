import { type Metric, metrics } from '../metrics/catalogue.ts';
import { type Contrast, type Figure, figureOf, pairedContrast, welchContrast } from '../metrics/estimates/contrast.ts';
import { createPool, type Pool } from '../metrics/estimates/pool.ts';
import { createResampling } from '../metrics/estimates/resampling.ts';
import { finiteOrNull } from '../metrics/not_reached.ts';
import { labelOf } from './cells.ts';
import type { CellRun, ColumnRun } from './column_run.ts';
import { type Family, familiesOf } from './families.ts';
import type { Reference } from './reference.ts';
import type { BestRow, ComparisonRow } from './result.ts';
import { firstSeed } from './summary.ts';

/** What is compared: every metric of which less or more is better. */
const compared = metrics.filter(({ better }) => better !== 'neither');

/** Differences below this share of the reference are of no account (Criterion's `noise_threshold`, 1% too). */
const NOISE = 0.01;

export interface CompareOptions {
  /** null, and where there is none of that name: the first. */
  readonly reference: Reference | null;
}

interface Compared {
  readonly comparison: ComparisonRow[];
  readonly best: BestRow[];
}

/**
 * Strategies against the reference strategy, and variants against the reference variant, on every metric; and who is
 * best. The k intervals of one family and metric hold together in 95% of all studies: each is one of 1 - 0.05 / k
 * (Bonferroni; Law, Simulation Modeling and Analysis, 10.3.1). That needs nothing of how strategies depend on each other,
 * which those that meet the same requests do; Dunnett's are narrower, by a few per cent, and need equal variances.
 */
export function compare(runs: readonly ColumnRun[], { reference }: CompareOptions = { reference: null }): Compared {
  const resampling = createResampling(firstSeed(runs));
  const found = familiesOf(runs, reference).map((family) => {
    // Of one family at a time: resamples of many columns are large.
    const figureIn = createFigures(resampling);
    const best = compared.flatMap((metric) => bestOf(metric, family, figureIn) ?? []);
    return { compares: family.compares, rows: compareFamily(family, figureIn), best };
  });
  const rowsOf = (compares: ComparisonRow['compares']) => {
    const rows = new Map(found.filter((one) => one.compares === compares).flatMap((one) => one.rows));
    return runs.flatMap((run) => rows.get(run) ?? []);
  };
  return {
    comparison: [...rowsOf('strategy'), ...rowsOf('variant')],
    best: found.flatMap(({ best }) => best),
  };
}

interface Tested extends Contrast {
  readonly test: ComparisonRow['test'];
  /** What differences are a share of. */
  readonly scale: number;
}

/** A metric over the replications of a column, or over some of them. */
type FigureIn = (metric: Metric, run: ColumnRun, cells?: readonly CellRun[]) => Figure;

/** The rows of every member but the reference. */
function compareFamily(
  { compares, runs, reference, nameOf }: Family,
  figureIn: FigureIn,
): (readonly [ColumnRun, ComparisonRow[]])[] {
  const family = runs.length - 1;
  const rowOf = (run: ColumnRun, metric: Metric): ComparisonRow => {
    const tested = contrastOf(metric, run, reference, 1 - 0.05 / family, figureIn);
    const { difference, low, high, n, test, ratio, ratioLow, ratioHigh } = tested;
    return {
      ...{ metric: metric.name, reference: nameOf(reference.column), ...labelOf(run.column) },
      ...{ difference, low, high, n, verdict: verdictOf(tested) },
      ...{ compares, test, ratio, ratioLow, ratioHigh, family },
    };
  };
  return runs
    .filter((run) => run !== reference)
    .map((run) => [run, compared.map((metric) => rowOf(run, metric))] as const);
}

function verdictOf({ same, low, high, difference, scale }: Tested): ComparisonRow['verdict'] {
  if (same) return 'same';
  if (low === null || high === null || difference === null) return 'unclear';
  const isClear = high < 0 || low > 0;
  const noise = NOISE * scale;
  if (isClear ? Math.abs(difference) < noise : -noise < low && high < noise) return 'negligible';
  if (!isClear) return 'unclear';
  return high < 0 ? 'lower' : 'higher';
}

/**
 * The leader and everybody whose difference from it is not clear: a set that has the truly best in it in 95% of all studies,
 * whoever leads (subset selection: Gupta, Technometrics 7, 1965; with common requests Nelson and Matejcik, Management
 * Science 41, 1995). null where nothing can be told: a lone replication, or no values.
 */
function bestOf(metric: Metric, family: Family, figureIn: FigureIn): BestRow | null {
  const { compares, runs, reference, nameOf } = family;
  const level = 1 - 0.05 / (runs.length - 1);
  const sign = metric.better === 'lower' ? 1 : -1;
  const ranked = runs
    .flatMap((run) => {
      const point = finiteOrNull(figureIn(metric, run).point);
      return point === null ? [] : [{ run, point }];
    })
    .toSorted((a, b) => sign * (a.point - b.point));
  if (ranked.length < 2) return null;
  const [leader, ...others] = ranked.map(({ run }) => run);
  const tested = others.map((run) => ({ run, ...contrastOf(metric, run, leader, level, figureIn) }));
  if (tested.every(({ low, same }) => low === null && !same)) return null;
  const worse = metric.better === 'lower' ? 'higher' : 'lower';
  const best = [leader, ...tested.filter((one) => verdictOf(one) !== worse).map(({ run }) => run)];
  const { strategy, variant, params } = labelOf(reference.column);
  return {
    ...{ metric: metric.name, compares },
    strategy: compares === 'strategy' ? null : strategy,
    variant: compares === 'variant' ? null : variant,
    ...{ params, best: best.map(({ column }) => nameOf(column)) },
  };
}

/** Works out each figure once. */
function createFigures(resampling: ReturnType<typeof createResampling>): FigureIn {
  const known = new Map<string, { pool: Pool; figures: Map<string, Figure> }>();
  return (metric, { column, cells: all }, cells = all) => {
    const key = JSON.stringify([labelOf(column), cells.map(({ result }) => result.seed)]);
    const { pool, figures } = known.get(key) ?? { pool: createPool(cells, resampling), figures: new Map() };
    known.set(key, { pool, figures });
    const figure = figures.get(metric.name) ?? figureOf(metric, pool);
    figures.set(metric.name, figure);
    return figure;
  };
}

function contrastOf(metric: Metric, run: ColumnRun, other: ColumnRun, level: number, figureIn: FigureIn): Tested {
  const paired = bothHave(run.cells, other.cells);
  const a = figureIn(metric, run, paired?.[0]);
  const b = figureIn(metric, other, paired?.[1]);
  const contrast = paired === null ? welchContrast(a, b, level) : pairedContrast(a, b, level);
  return { ...contrast, test: paired === null ? 'welch' : 'paired', scale: scaleOf(metric, b.point) };
}

/** What a difference is small beside: the reference, but of a share the part that is missing where that is less: 99.9% is not 99.8%. */
function scaleOf({ unit }: Metric, reference: number | null): number {
  if (reference === null || !Number.isFinite(reference)) return 0;
  return unit === 'share' ? Math.min(Math.abs(reference), Math.abs(1 - reference)) : Math.abs(reference);
}

/**
 * The cells of the seeds that both columns have, where they met the same requests under each of them; otherwise null: the
 * replications of the two have nothing in common.
 */
function bothHave(
  ours: readonly CellRun[],
  theirs: readonly CellRun[],
): [readonly CellRun[], readonly CellRun[]] | null {
  const isAmong = (others: readonly CellRun[]) => {
    const seeds = new Set(others.map(({ result }) => result.seed));
    return ({ result }: CellRun) => seeds.has(result.seed);
  };
  const mine = ours.every(isAmong(theirs)) ? ours : ours.filter(isAmong(theirs));
  const other = theirs.every(isAmong(ours)) ? theirs : theirs.filter(isAmong(ours));
  const agree = mine.length > 0 && mine.every(({ result }, i) => result.inputDigest === other[i].result.inputDigest);
  return agree ? [mine, other] : null;
}

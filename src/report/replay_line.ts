import type { CellLabel } from '../run/result.ts';

/** What to type to run one cell again: `meshtrial replay zone-outage.yaml --strategy ring --param load.rate=2000/s --seed 42`. */
export function replayLine(file: string, column: CellLabel, seed: number): string {
  return `meshtrial replay ${fileWord(file)} ${columnOptions(column)} --seed ${seed}`;
}

/** Where the page has runs write to: not over the results that it is made of. */
const AGAIN = 'results/again';

/**
 * What to type to have figures over replications again, and pictures of them: of the columns that `options` choose, the seeds
 * from `first` on: `meshtrial run zone-outage.yaml --strategy ring --seed 42 --replications 10 --html --out results/again`.
 */
export function runLine(file: string, options: string, { first, count }: { first: number; count: number }): string {
  return `meshtrial run ${fileWord(file)} ${options} --seed ${first} --replications ${count} --html --out ${AGAIN}`;
}

/** The options of `run` that choose all columns with these strategies, in that order. */
export function strategyOptions(strategies: readonly string[]): string {
  return `--strategy ${quoted(strategies.join(','))}`;
}

/** The options of `replay`, and of `run`, that choose a column. */
export function columnOptions(column: CellLabel): string {
  return [`--strategy ${quoted(column.strategy)}`, ...settingOptions(column)].join(' ');
}

/** The options that choose a variant, and set parameters. */
export function settingOptions({ variant, params }: Pick<CellLabel, 'variant' | 'params'>): string[] {
  const named = variant === null ? [] : [`--variant ${quoted(variant)}`];
  const set = Object.entries(params).map(([path, value]) => `--param ${quoted(`${path}=${String(value)}`)}`);
  return [...named, ...set];
}

/** One that begins like an option is named from here. */
function fileWord(file: string): string {
  return quoted(/^-./.test(file) ? `./${file}` : file);
}

/** As a shell takes it for one word. */
export function quoted(word: string): string {
  return /^[\w.,:=/%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

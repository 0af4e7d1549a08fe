import type { CellLabel } from '../run/result.ts';

/** What to type to run one cell again: `meshtrial replay zone-outage.yaml --strategy ring --param load.rate=2000/s --seed 42`. */
export function replayLine(file: string, column: CellLabel, seed: number): string {
  return `meshtrial replay ${quoted(file)} ${columnOptions(column)} --seed ${seed}`;
}

/** The options of `replay` that choose a column. */
export function columnOptions({ strategy, variant, params }: CellLabel): string {
  const named = variant === null ? [] : [`--variant ${quoted(variant)}`];
  const set = Object.entries(params).map(([path, value]) => `--param ${quoted(`${path}=${String(value)}`)}`);
  return [`--strategy ${quoted(strategy)}`, ...named, ...set].join(' ');
}

/** As a shell takes it for one word. */
export function quoted(word: string): string {
  return /^[\w.,:=/%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

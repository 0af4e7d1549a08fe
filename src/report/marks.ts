import type { Metric } from '../metrics/catalogue.ts';
import type { BestRow, CellLabel } from '../run/result.ts';

export type Mark = 'best' | 'worst' | undefined;

/**
 * Who is best, and who is worst of the others: among the strategies of each variant, or among the variants where there is
 * one strategy. Nobody where all are as good; and nobody is worst where one with a still worse mean counts as best,
 * since it scatters too much to be told from it.
 */
export function marksOf(
  { name, better }: Pick<Metric, 'name' | 'better'>,
  group: readonly { readonly label: CellLabel; readonly mean: number | null }[],
  best: readonly BestRow[],
): Mark[] {
  const own = best.filter((row) => row.metric === name);
  const strategies = own.filter(({ compares }) => compares === 'strategy');
  const variants = own.filter(({ compares }) => compares === 'variant');
  const familyOf = ({ strategy, variant }: CellLabel) =>
    strategies.find((row) => row.variant === variant) ??
    (variants.length === 1 ? variants[0] : variants.find((row) => row.strategy === strategy));
  const members = group.map(({ label, mean }) => ({ family: familyOf(label), label, mean }));
  const worstOf = (family: BestRow) => {
    const means = members.flatMap(({ family: own, mean }) => (own === family && mean !== null ? [mean] : []));
    return better === 'lower' ? Math.max(...means) : Math.min(...means);
  };
  return members.map(({ family, label, mean }) => {
    if (family === undefined || mean === null) return undefined;
    if (isBest(family, label)) {
      return members.some((one) => one.family === family && !isBest(family, one.label)) ? 'best' : undefined;
    }
    return mean === worstOf(family) ? 'worst' : undefined;
  });
}

function isBest({ compares, best }: BestRow, { strategy, variant }: CellLabel): boolean {
  return best.includes(compares === 'strategy' ? strategy : (variant ?? ''));
}

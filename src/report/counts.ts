import { human } from './units.ts';

/** `1 run`, `1,204 runs`. */
export function counted(count: number, what: string): string {
  return `${human(count, 'count')} ${what}${count === 1 ? '' : 's'}`;
}

/** How many verdicts there are in all, and of which. */
export interface Outcomes {
  readonly of: number;
  readonly failed: number;
  readonly inconclusive: number;
}

/** `2 of 6 failed and 1 inconclusive`, failing as it is called; `good` where neither is: what nobody can say yet does not hold. */
export function outcomeCounts({ of, failed, inconclusive }: Outcomes, bad: string, good: string): string {
  if (failed + inconclusive === 0) return good;
  const counts = [
    ...(failed > 0 ? [`${failed} ${bad}`] : []),
    ...(inconclusive > 0 ? [`${inconclusive} inconclusive`] : []),
  ];
  return counts.join(' and ').replace(' ', ` of ${of} `);
}

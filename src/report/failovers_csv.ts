import { type BeliefCause, beliefCauses, isTabled, tabledCauses } from '../core/belief_cause.ts';
import type { FailoverResult } from '../metrics/measures.ts';
import type { ResultDocument } from '../run/result.ts';
import { columnOf, paramColumns, paramFields, paramNames } from './columns.ts';
import type { Field, Table } from './csv.ts';

const plain = ['instance', 'fault', 'startMs', 'endMs', 'atRisk', 'alreadyOut', 'notInView'] as const;
const spans = ['detectMs', 'drainMs', 'reinstateMs'] as const;
const statistics = ['count', 'mean', 'p50', 'p90', 'p99', 'max'] as const;
const counts = ['undetected', 'censored', 'late', 'unexposed'] as const;
const leaks = ['halfOpen', 'unejected', 'panic', 'staleView'] as const;
const removers = ['activeCheck', 'ejection', 'registry'] as const;
/** Those that came later: columns are only ever appended. */
const laterRemovers = ['accrual', 'heartbeat', 'gossip'] as const;
const impacts = ['failedAttempts', 'clientFailures'] as const;

/** Columns that every document has. */
const header = [
  ...plain,
  ...spans.flatMap((span) => statistics.map((statistic) => `${span}.${statistic}`)),
  ...counts,
  ...leaks.map((cause) => `leaks.${cause}`),
  ...removers.map((remover) => `removedBy.${remover}`),
  ...impacts,
  ...laterRemovers.map((remover) => `removedBy.${remover}`),
  ...tabledCauses.flatMap(detectByColumns),
].map(columnOf);

/** One row for each cell and episode: an instance going down. What only some runs know, such as connections, has columns where one does. */
export function failoversTable(document: ResultDocument): Table {
  const params = paramNames(document.cells);
  const others = othersOf(document);
  const more = others.flatMap((cause) => [`removedBy.${cause}`, ...detectByColumns(cause)]).map(columnOf);
  return {
    file: 'failovers.csv',
    header: ['scenario', 'strategy', 'variant', 'seed', ...header, ...more, ...paramColumns(params)],
    rows: rows(document, others, params),
  };
}

/** Causes without a place in every document that removed somebody in this one. */
function othersOf({ cells }: ResultDocument): readonly BeliefCause[] {
  const failovers = cells.flatMap((cell) => cell.failovers);
  return beliefCauses.filter(
    (cause) => !isTabled(cause) && failovers.some(({ removedBy }) => (removedBy[cause] ?? 0) > 0),
  );
}

function* rows(
  { scenario, cells }: ResultDocument,
  others: readonly BeliefCause[],
  params: readonly string[],
): Generator<Field[]> {
  for (const cell of cells) {
    const first = [scenario, cell.strategy, cell.variant, String(cell.seed)];
    const last = paramFields(params, cell);
    for (const failover of cell.failovers) yield [...first, ...episodeFields(failover, others), ...last];
  }
}

function episodeFields(failover: FailoverResult, others: readonly BeliefCause[]): Field[] {
  return [
    ...plain.map((field) => failover[field]),
    ...spans.flatMap((span) => statistics.map((statistic) => failover[span][statistic])),
    ...counts.map((field) => failover[field]),
    ...leaks.map((cause) => failover.leaks[cause]),
    ...removers.map((remover) => failover.removedBy[remover]),
    ...impacts.map((field) => failover[field]),
    ...laterRemovers.map((remover) => failover.removedBy[remover]),
    ...tabledCauses.flatMap((cause) => detectByFields(failover, cause)),
    ...others.flatMap((cause) => [failover.removedBy[cause] ?? 0, ...detectByFields(failover, cause)]),
  ];
}

function detectByColumns(cause: BeliefCause): string[] {
  return statistics.map((statistic) => `detectByMs.${cause}.${statistic}`);
}

/** Of an episode in which the cause has removed nobody, where it has no place in every document: no events. */
function detectByFields({ detectByMs }: FailoverResult, cause: BeliefCause): Field[] {
  const stats = detectByMs[cause];
  return statistics.map((statistic) => stats?.[statistic] ?? (statistic === 'count' ? 0 : null));
}

import { beliefCauses } from '../core/belief_cause.ts';
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

const header = [
  ...plain,
  ...spans.flatMap((span) => statistics.map((statistic) => `${span}.${statistic}`)),
  ...counts,
  ...leaks.map((cause) => `leaks.${cause}`),
  ...removers.map((remover) => `removedBy.${remover}`),
  ...impacts,
  ...laterRemovers.map((remover) => `removedBy.${remover}`),
  ...beliefCauses.flatMap((cause) => statistics.map((statistic) => `detectByMs.${cause}.${statistic}`)),
].map(columnOf);

/** One row for each cell and episode: an instance going down. */
export function failoversTable(document: ResultDocument): Table {
  const params = paramNames(document.cells);
  return {
    file: 'failovers.csv',
    header: ['scenario', 'strategy', 'variant', 'seed', ...header, ...paramColumns(params)],
    rows: rows(document, params),
  };
}

function* rows({ scenario, cells }: ResultDocument, params: readonly string[]): Generator<Field[]> {
  for (const cell of cells) {
    const first = [scenario, cell.strategy, cell.variant, String(cell.seed)];
    const last = paramFields(params, cell);
    for (const failover of cell.failovers) yield [...first, ...episodeFields(failover), ...last];
  }
}

function episodeFields(failover: FailoverResult): Field[] {
  return [
    ...plain.map((field) => failover[field]),
    ...spans.flatMap((span) => statistics.map((statistic) => failover[span][statistic])),
    ...counts.map((field) => failover[field]),
    ...leaks.map((cause) => failover.leaks[cause]),
    ...removers.map((remover) => failover.removedBy[remover]),
    ...impacts.map((field) => failover[field]),
    ...laterRemovers.map((remover) => failover.removedBy[remover]),
    ...beliefCauses.flatMap((cause) => statistics.map((statistic) => failover.detectByMs[cause][statistic])),
  ];
}

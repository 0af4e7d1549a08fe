import {
  aCount,
  aNumberOrNull,
  aText,
  aWrittenValue,
  described,
  dictionary,
  exactly,
  type JsonSchema,
  listOf,
  oneOf,
  orNull,
  type ShapeFields,
  structure,
} from '../core/shape.ts';
import { measuresFields } from '../metrics/measures_shape.ts';
import type { CellLabel, CellResult, ComparisonRow, ResultDocument, SummaryRow, ThresholdRow } from './result.ts';

/** What `result.ts` says in types, for those who read results: the compiler holds each to the other. */
const labelFields: ShapeFields<CellLabel> = {
  strategy: described("The policy's name, or name(option=value,..).", aText),
  variant: described('null where the scenario names no variants.', orNull(aText)),
  params: described('Matrix parameters other than the policy, by path, as written.', dictionary(aWrittenValue)),
};

const interval = {
  low: described('Of the 95% interval; null where there is none.', aNumberOrNull),
  high: aNumberOrNull,
};

const cell = structure<CellResult>({ ...labelFields, seed: aCount, ...measuresFields });

const summaryRow = structure<SummaryRow>({
  ...labelFields,
  metric: described("As 'meshtrial list metrics' has it.", aText),
  mean: aNumberOrNull,
  ...interval,
  n: described('Replications it rests on.', aCount),
});

const comparisonRow = structure<ComparisonRow>({
  ...labelFields,
  metric: aText,
  reference: described('The strategy compared against.', aText),
  difference: described('This strategy minus the reference, paired by seed.', aNumberOrNull),
  ...interval,
  n: aCount,
  verdict: oneOf(['lower', 'higher', 'same', 'unclear']),
});

const thresholdRow = structure<ThresholdRow>({
  ...labelFields,
  expression: aText,
  observed: aNumberOrNull,
  ...interval,
  verdict: oneOf(['pass', 'fail']),
});

export const resultShape = structure<ResultDocument>({
  schema: described('Of this format.', exactly(1)),
  scenario: described("The scenario's name.", aText),
  version: described('Of meshtrial.', aText),
  cells: described('One for each column and seed.', listOf(cell)),
  summary: described('Every metric of every column, over its replications.', listOf(summaryRow)),
  comparison: described(
    'Every metric of every column against the first with the same parameters.',
    listOf(comparisonRow),
  ),
  thresholds: described('Every threshold of every column.', listOf(thresholdRow)),
});

/** The schema of result.json, for whoever reads it. */
export function resultSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A meshtrial result',
    description: 'Times in milliseconds, shares of one. Keys may be added; none is renamed.',
    ...resultShape.schema,
  };
}

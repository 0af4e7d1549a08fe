import {
  aCount,
  added,
  aNumber,
  aNumberOrNull,
  aText,
  aTruth,
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
import type { Method } from '../metrics/estimates/estimation.ts';
import { measuresFields } from '../metrics/measures_shape.ts';
import type {
  BestRow,
  CellLabel,
  CellResult,
  ComparisonRow,
  Incomplete,
  PrecisionResult,
  PrecisionRow,
  ResultDocument,
  SummaryRow,
  ThresholdRow,
  Warning,
} from './result.ts';

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
  mean: described('Over the replications, by `method`; null where nothing was measured or reached.', aNumberOrNull),
  ...interval,
  n: described('Replications in which it has a value.', aCount),
  method: described(
    'The rule that the interval comes from.',
    oneOf<Method>(['student', 'merged-histogram', 'kaplan-meier', 'poisson', 'logit', 'jain']),
  ),
  note: described('What to know of the interval, or why there is none.', orNull(aText)),
  beyond: described('Of what is not reached, the longest it was watched for: it lies above.', aNumberOrNull),
});

const comparisonRow = structure<ComparisonRow>({
  ...labelFields,
  metric: aText,
  reference: described('The strategy compared against, or the variant.', aText),
  difference: described('This one minus the reference.', aNumberOrNull),
  ...interval,
  n: aCount,
  verdict: described(
    'On which side of 0 the whole interval lies.',
    oneOf(['lower', 'higher', 'same', 'negligible', 'unclear']),
  ),
  compares: oneOf(['strategy', 'variant']),
  test: described(
    'paired by seed where both met the same requests, welch where they did not.',
    oneOf(['paired', 'welch']),
  ),
  ratio: described('This one over the reference; null unless both are above 0.', aNumberOrNull),
  ratioLow: aNumberOrNull,
  ratioHigh: aNumberOrNull,
  family: described('How many are compared with the reference at once: their intervals hold together.', aCount),
});

const bestRow = structure<BestRow>({
  metric: aText,
  compares: oneOf(['strategy', 'variant']),
  strategy: described('null where strategies are compared.', orNull(aText)),
  variant: described('null where variants are compared.', orNull(aText)),
  params: dictionary(aWrittenValue),
  best: described('The leader first, then all that cannot be told from it.', listOf(aText)),
});

const thresholdRow = structure<ThresholdRow>({
  ...labelFields,
  expression: aText,
  observed: aNumberOrNull,
  ...interval,
  verdict: described('inconclusive where the limit lies within the interval.', oneOf(['pass', 'fail', 'inconclusive'])),
  seedsNeeded: described(
    'About how many replications would decide; null where it is decided, or nobody can say.',
    orNull(aCount),
  ),
});

const precision = structure<PrecisionResult>({
  met: described('Whether every metric that was named is as precise as asked, in every column.', aTruth),
  replications: described('Of each column.', aCount),
  unmet: described(
    'What is less precise than asked.',
    listOf(
      structure<PrecisionRow>({
        ...labelFields,
        metric: aText,
        halfWidth: described('Half the width of the 95% interval; null where there is none.', aNumberOrNull),
        wanted: aNumber,
        relative: described("Whether both are shares of the estimate; else they are in the metric's unit.", aTruth),
      }),
    ),
  ),
});

const incomplete = structure<Incomplete>({
  reason: oneOf(['interrupted', 'threshold', 'failed']),
  done: described('Cells in the document.', aCount),
  of: described('Cells that were due.', aCount),
  threshold: described(
    'The one with abortOnFail that ended it, and of which column.',
    orNull(structure({ ...labelFields, expression: aText })),
  ),
  failed: described('The cells that failed.', listOf(structure({ ...labelFields, seed: aCount }))),
});

const warning = structure<Warning>({
  cause: described('What is so.', aText),
  effect: described('What follows.', aText),
  next: described('What to do.', aText),
  columns: described('Which it is about; none: all.', listOf(structure(labelFields))),
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
  best: described('Who is best at what.', listOf(bestRow)),
  precision: described('Where adding replications ended; null where no precision was asked for.', orNull(precision)),
  incomplete: described('What is missing; null where every cell that was due is there.', orNull(incomplete)),
  description: added('What the scenario says of itself; empty where it says nothing.', aText),
  warnings: added('What a reader should know before trusting the figures.', listOf(warning)),
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

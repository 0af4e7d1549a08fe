import { blame, type Sighting } from './blame.ts';
import { checkThresholds, concerning, type KnownColumn } from './concern.ts';
import type { Form } from './form.ts';
import { limits } from './limits.ts';
import { type Combination, createGrafter, type Grafter, type Setting } from './matrix.ts';
import { policyPath } from './paths.ts';
import { policyLabel, policyName } from './policy.ts';
import { createReading, type Problem, type Reading } from './reading.ts';
import type { Column, Scenario } from './scenario.ts';
import type { Point } from './trial.ts';
import { partOf, type Written, type WrittenMap } from './written.ts';

export interface Outcome {
  readonly scenario: Scenario | null;
  readonly problems: readonly Problem[];
}

/** What a scenario consists of, once its matrix and its variants are known. */
export interface Grid {
  readonly document: WrittenMap;
  readonly combinations: readonly Combination[];
  /** Where to speak of all columns. */
  readonly offset: number;
  /** Whether the command line chose the strategies: thresholds may then name others. */
  readonly chosenStrategies: boolean;
}

/** Every column, and every problem of any of them. */
export function readColumns(grid: Grid, form: Form<Point>, earlier: readonly Problem[], reading: Reading): Outcome {
  const { document, combinations } = grid;
  const grafter = createGrafter();
  const points: { point: Point; combination: Combination }[] = [];
  const known: KnownColumn[] = [];
  const sightings = new Map<string, Sighting>();
  for (const combination of combinations) {
    const { value: point, problems } = readPoint(document, form, combination.settings, grafter, reading);
    if (point !== undefined) points.push({ point, combination });
    for (const problem of problems) sight(sightings, problem, combination);
    if (reading.isFull()) break;
    if (!reading.afford(0)) return { scenario: null, problems: [...earlier, tooMuch(grid)] };
    known.push(knownColumn(grafter.graft(document, combination.settings), combination));
  }
  const { problems: misnamed } = reading.collect(() => checkThresholds(grid, known, reading));
  const problems = [...earlier, ...misnamed];
  const [first] = points;
  if (problems.length > 0 || sightings.size > 0 || first === undefined) {
    return { scenario: null, problems: [...problems, ...blameAll([...sightings.values()], document, form)] };
  }
  const { trial: _, strategy: __, thresholds, ...scenario } = first.point;
  const cells = scenario.maxReplications * combinations.length;
  if (cells > limits.cells) return { scenario: null, problems: [tooManyCells(grid, cells)] };
  const columns = points.map(({ point: { strategy, trial }, combination: { variant, point, params } }): Column => {
    return { strategy, variant, point, params, trial };
  });
  return { scenario: { ...scenario, thresholds: concerning(thresholds, known), columns }, problems: [] };
}

function readPoint(
  document: WrittenMap,
  form: Form<Point>,
  settings: readonly Setting[],
  grafter: Grafter,
  reading: Reading,
) {
  return reading.collect(() => form.read(grafter.graft(document, settings), reading));
}

/** What a threshold may call a column, valid or not. */
function knownColumn(document: WrittenMap, { variant }: Combination): KnownColumn {
  let policy: Written | undefined = document;
  for (const key of policyPath.split('.')) policy = partOf(policy, key);
  if (policy === undefined) return { variant, strategy: null, policy: null };
  return { variant, strategy: policyLabel(policy), policy: policyName(policy) };
}

function sight(sightings: Map<string, Sighting>, problem: Problem, combination: Combination): void {
  const identity = `${problem.offset} ${problem.message}`;
  const sighting = sightings.get(identity);
  if (sighting === undefined) sightings.set(identity, { problem, combinations: [combination] });
  else if (sighting.combinations.at(-1) !== combination) sighting.combinations.push(combination);
}

/** Only as many as will be shown are worth the work of finding out which value is to blame. */
function blameAll(sightings: readonly Sighting[], document: WrittenMap, form: Form<Point>): Problem[] {
  const reading = createReading();
  const grafter = createGrafter();
  const places = new Set<number>();
  for (const key of ['matrix', 'variants']) {
    const written = document.entries.get(key)?.value;
    if (written !== undefined) collectOffsets(written, places);
  }
  let trials = 0;
  const brings = (settings: readonly Setting[], problem: Problem) =>
    ++trials > limits.blameTrials ||
    readPoint(document, form, settings, grafter, reading).problems.some(
      (other) => other.offset === problem.offset && other.message === problem.message,
    );
  return sightings.flatMap((sighting, i) =>
    i < limits.problemsShown ? blame(sighting, (offset) => places.has(offset), brings) : [sighting.problem],
  );
}

function collectOffsets(written: Written, into: Set<number>): void {
  into.add(written.offset);
  if (written.kind === 'list') for (const item of written.items) collectOffsets(item, into);
  if (written.kind !== 'map') return;
  for (const { keyOffset, value } of written.entries.values()) {
    into.add(keyOffset);
    collectOffsets(value, into);
  }
}

function tooMuch({ offset }: Grid): Problem {
  const message = `expected at most ${limits.made} instances and callers over all columns, found more`;
  return { offset, message, fix: 'try fewer values, or fewer instances or callers' };
}

function tooManyCells({ offset }: Grid, cells: number): Problem {
  const message = `expected at most ${limits.cells} runs (columns x replications), found ${cells}`;
  return { offset, message, fix: 'try fewer values or fewer replications' };
}

import { blame, type Sighting } from './blame.ts';
import type { Form } from './form.ts';
import { limits } from './limits.ts';
import { type Combination, createGrafter, type Grafter, paramsOf } from './matrix.ts';
import { createReading, type Problem, type Reading } from './reading.ts';
import type { Scenario } from './scenario.ts';
import type { Point } from './trial.ts';
import type { Written, WrittenMap } from './written.ts';

export interface Outcome {
  readonly scenario: Scenario | null;
  readonly problems: readonly Problem[];
}

/** Every column of the matrix, and every problem of any of them. */
export function readColumns(
  document: WrittenMap,
  form: Form<Point>,
  combinations: readonly Combination[],
  earlier: readonly Problem[],
  reading: Reading,
): Outcome {
  const grafter = createGrafter();
  const points: { point: Point; combination: Combination }[] = [];
  const sightings = new Map<string, Sighting>();
  for (const combination of combinations) {
    const { value: point, problems } = readPoint(document, form, combination, grafter, reading);
    if (point !== undefined) points.push({ point, combination });
    for (const problem of problems) sight(sightings, problem, combination);
    if (reading.isFull()) break;
    if (!reading.afford(0)) return { scenario: null, problems: [...earlier, tooMuch(combinations)] };
  }
  const [first] = points;
  if (earlier.length === 0 && sightings.size === 0 && first !== undefined) {
    const { trial: _, strategy: __, ...scenario } = first.point;
    const cells = scenario.replications * combinations.length;
    if (cells > limits.cells) return { scenario: null, problems: [tooManyCells(combinations, cells)] };
    const columns = points.map(({ point: { strategy, trial }, combination }) => ({
      ...{ strategy, params: paramsOf(combination) },
      trial,
    }));
    return { scenario: { ...scenario, columns }, problems: [] };
  }
  return { scenario: null, problems: [...earlier, ...blameAll([...sightings.values()], document, form)] };
}

function readPoint(
  document: WrittenMap,
  form: Form<Point>,
  combination: Combination,
  grafter: Grafter,
  reading: Reading,
) {
  return reading.collect(() => form.read(grafter.graft(document, combination), reading));
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
  const written = document.entries.get('matrix')?.value;
  const places = new Set<number>();
  if (written !== undefined) collectOffsets(written, places);
  const problemsOf = (combination: Combination) => readPoint(document, form, combination, grafter, reading).problems;
  return sightings.flatMap((sighting, i) =>
    i < limits.problemsShown ? blame(sighting, (offset) => places.has(offset), problemsOf) : [sighting.problem],
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

function tooMuch(combinations: readonly Combination[]): Problem {
  const offset = combinations[0]?.axes[0]?.keyOffset ?? 0;
  const message = `expected at most ${limits.made} instances and callers over all columns, found more`;
  return { offset, message, fix: 'try fewer values, or fewer instances or callers' };
}

function tooManyCells(combinations: readonly Combination[], cells: number): Problem {
  const offset = combinations[0]?.axes[0]?.keyOffset ?? 0;
  const message = `expected at most ${limits.cells} runs (columns x replications), found ${cells}`;
  return { offset, message, fix: 'try fewer values or fewer replications' };
}

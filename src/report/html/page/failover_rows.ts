import type { CourseData, DoubtState, EpisodeData, InstanceCourse, SpanData, TruthState } from '../report_data.ts';
import { doubted, noticed, noticedBriefly, reinstated } from './failover_words.ts';

/** One bar of the failover view, from top to bottom in pixels. */
export interface Bar {
  readonly fromMs: number;
  readonly toMs: number;
  readonly y: number;
  readonly height: number;
  readonly kind: 'up' | 'belief' | TruthState | DoubtState | 'gap';
  readonly instance: string;
  /** null in the row of ground truth. */
  readonly caller: string | null;
}

/** What is said of an instance that was down, or ill, from `fromMs`: between its truth and its callers. */
export interface GapLabel {
  readonly instance: string;
  readonly y: number;
  readonly fromMs: number;
  /** null: to the end. */
  readonly toMs: number | null;
  readonly state: TruthState;
  /** The fullest first. */
  readonly texts: readonly string[];
  /** Of what followed. */
  readonly after: string;
  readonly episode: EpisodeData | null;
}

export interface Layout {
  readonly height: number;
  readonly bars: readonly Bar[];
  readonly labels: readonly GapLabel[];
  /** Beside the axis, but what is said of the others: under the rows. */
  readonly names: readonly RowName[];
}

export interface RowName {
  readonly y: number;
  readonly text: string;
  readonly of: 'instance' | 'callers' | 'others';
}

const TRUTH = 16;
const LABEL = 16;
const CALLER = 7;
const SPACE = 12;
/** Callers under one instance, unless all are asked for. */
const FEW = 10;
/** Instances, likewise. */
const FEW_INSTANCES = 12;

/** Where everything stands: for each instance its ground truth, and under it the beliefs of its callers. */
export function layoutOf(course: CourseData, durationMs: number, all: boolean): Layout {
  const bars: Bar[] = [];
  const labels: GapLabel[] = [];
  const names: RowName[] = [];
  let y = 4;
  const instances = all ? course.instances : eventful(course).slice(0, FEW_INSTANCES);
  for (const instance of instances) {
    const { id, truth, callers } = instance;
    bars.push({ fromMs: 0, toMs: durationMs, y, height: TRUTH, kind: 'up', instance: id, caller: null });
    for (const [fromMs, toMs, kind] of truth)
      bars.push({ fromMs, toMs, y, height: TRUTH, kind, instance: id, caller: null });
    names.push({ y: y + TRUTH / 2, text: id, of: 'instance' });
    y += TRUTH + 2;
    const said = labelsOf(instance, y + LABEL / 2);
    labels.push(...said);
    if (said.length > 0) y += LABEL;
    const shown = all ? callers : callers.slice(0, FEW);
    const left = callers.length - shown.length + instance.callersLeftOut;
    if (shown.length > 0) {
      const text = left === 0 ? callersText(shown.length) : `${shown.length} of ${shown.length + left}`;
      names.push({ y: y + (shown.length * CALLER) / 2, text, of: 'callers' });
    }
    for (const { id: caller, doubts } of shown) {
      const height = CALLER - 1.5;
      bars.push({ fromMs: 0, toMs: durationMs, y, height, kind: 'belief', instance: id, caller });
      for (const [fromMs, toMs, kind] of doubts) bars.push({ fromMs, toMs, y, height, kind, instance: id, caller });
      for (const [fromMs, toMs] of gaps(instance, doubts))
        bars.push({ fromMs, toMs, y, height, kind: 'gap', instance: id, caller });
      y += CALLER;
    }
    y += SPACE;
  }
  const left = course.instances.length - instances.length + course.instancesLeftOut;
  if (left > 0) {
    const quiet = eventful(course).length === instances.length && course.instancesLeftOut === 0;
    const others = left === 1 ? '1 other' : `${left} others`;
    names.push({ y, text: quiet ? `and ${others}: up throughout, never doubted` : `and ${left} more`, of: 'others' });
    y += SPACE;
  }
  return { height: y, bars, labels, names };
}

function labelsOf({ id, episodes, truth, callers, callersLeftOut }: InstanceCourse, y: number): GapLabel[] {
  const down = episodes.map((episode): GapLabel => {
    const { fromMs, toMs } = episode;
    const texts = [noticed(episode), noticedBriefly(episode)];
    return { instance: id, y, fromMs, toMs, state: 'down', texts, after: reinstated(episode), episode };
  });
  const ill = truth.flatMap((span): GapLabel[] => {
    const [fromMs, toMs, state] = span;
    if (state === 'down') return [];
    return [
      { instance: id, y, fromMs, toMs, state, texts: doubted(span, callers, callersLeftOut), after: '', episode: null },
    ];
  });
  return [...down, ...ill].toSorted((a, b) => a.fromMs - b.fromMs);
}

function callersText(count: number): string {
  return count === 1 ? '1 caller' : `${count} callers`;
}

/** Stretches in which the instance was down and the caller went on believing in it, since it went down. */
function gaps({ truth }: Pick<InstanceCourse, 'truth'>, doubts: readonly SpanData<DoubtState>[]): [number, number][] {
  return truth.flatMap(([fromMs, toMs, state]): [number, number][] => {
    if (state !== 'down') return [];
    const doubted = doubts.some(([from, to]) => from < fromMs && to > fromMs);
    if (doubted) return [];
    const first = doubts.find(([from]) => from >= fromMs && from < toMs);
    return [[fromMs, first === undefined ? toMs : first[0]]];
  });
}

/** Whether there is more to see than is shown at first. */
export function hasMore({ instances }: CourseData): boolean {
  return instances.length > FEW_INSTANCES || instances.some(({ quiet, callers }) => quiet || callers.length > FEW);
}

/** Those of which there is anything to tell. */
export function eventful({ instances }: CourseData): readonly InstanceCourse[] {
  return instances.filter(({ quiet }) => !quiet);
}

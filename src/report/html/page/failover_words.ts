import { human, humanMs } from '../../units.ts';
import type { CallerCourse, DoubtState, EpisodeData, SpanData, TruthState } from '../report_data.ts';
import { doubtWords } from './words.ts';

/** `noticed after 6.31 s (median, at most 7.4 s): failed check` */
export function noticed({ atRisk, detected, detectMs, removedBy }: EpisodeData): string {
  if (atRisk === 0) return 'nobody believed in it';
  const by = removedBy[0] === undefined ? '' : `: ${removedBy.map(([cause]) => doubtWords[cause]).join(', ')}`;
  if (detected === 0) return `noticed by none of ${atRisk}`;
  if (detectMs.p50 === null) return `noticed by ${detected} of ${atRisk}${by}`;
  if (atRisk === 1) return `noticed after ${humanMs(detectMs.p50)}${by}`;
  const who = detected === atRisk ? 'median, ' : `median, ${detected} of ${atRisk}, `;
  return `noticed after ${humanMs(detectMs.p50)} (${who}at most ${human(detectMs.max, 'ms')})${by}`;
}

/** `6.31 s: failed check` */
export function noticedBriefly({ detected, detectMs, removedBy }: EpisodeData): string {
  if (detected === 0 || detectMs.p50 === null) return 'not noticed';
  return `${humanMs(detectMs.p50)}: ${removedBy.map(([cause]) => doubtWords[cause]).join(', ')}`;
}

export function reinstated({ reinstateMs, toMs }: EpisodeData): string {
  return toMs === null || reinstateMs.p50 === null ? '' : `back after ${humanMs(reinstateMs.p50)}`;
}

/**
 * What callers made of an instance that answered, but badly: the fullest first. `doubted by 7 of 10, the first after 2.1 s:
 * ejected`.
 */
export function doubted(
  [fromMs, toMs]: SpanData<TruthState>,
  callers: readonly CallerCourse[],
  leftOut: number,
): readonly string[] {
  const first = callers.flatMap(({ doubts }) => {
    const found = doubts.find(([at]) => at >= fromMs && at < toMs);
    return found === undefined ? [] : [found];
  });
  const of = `${callers.length}${leftOut > 0 ? ' that are shown' : ''}`;
  if (first.length === 0) return [`doubted by none of ${of}`, 'not doubted'];
  const causes = [...new Set(first.map(([, , cause]): DoubtState => cause))]
    .map((cause) => doubtWords[cause])
    .join(', ');
  const after = humanMs(Math.min(...first.map(([at]) => at)) - fromMs);
  return [
    `doubted by ${first.length} of ${of}, the first after ${after}: ${causes}`,
    `${first.length} of ${callers.length}: ${causes}`,
  ];
}

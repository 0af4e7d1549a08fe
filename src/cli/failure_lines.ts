import { labelText } from '../report/label.ts';
import type { Study } from '../run/study.ts';
import { replayLine } from './replay_line.ts';

/** More failed cells are counted, not shown: one is enough to look into. */
const MOST_FAILURES = 10;

/** Each cell that failed, why, and how to see it again; `file` is the scenario's as it was named. */
export function failureLines({ failures, scenario }: Pick<Study, 'failures' | 'scenario'>, file: string): string[] {
  const more = failures.length - MOST_FAILURES;
  return [
    ...failures
      .slice(0, MOST_FAILURES)
      .flatMap((failure) => [
        `${scenario.name}: ${labelText(failure.label)}, seed ${failure.seed}: ${failure.message}`,
        `  to see it again: ${replayLine(file, failure.label, failure.seed)}`,
      ]),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}

import { grown } from '../core/arrays.ts';
import type { TrialConfig } from './config.ts';
import type { JobId } from './jobs.ts';

export const UNMARKED = 0;
/** x-envoy-degraded: prefer others. Heard in answers to probes only. */
export const DEGRADED = 1;
/** x-envoy-immediate-health-check-fail: fail me at once. Heard in answers to probes and to requests. */
export const FAIL_AT_ONCE = 2;

export type AnswerMark = typeof UNMARKED | typeof DEGRADED | typeof FAIL_AT_ONCE;

/**
 * What answers on their way back say beside their outcome, by job: as the server was when the answer left. Only there
 * where some fault of the trial makes servers say any of it.
 */
export class AnswerMarks {
  private marks = new Uint8Array(64);

  /** Said of every answer that leaves, so that none has what an earlier job of this number left behind. */
  write(job: JobId, mark: AnswerMark): void {
    while (job >= this.marks.length) this.marks = grown(this.marks);
    this.marks[job] = mark;
  }

  of(job: JobId): AnswerMark {
    return this.marks[job] as AnswerMark;
  }
}

/** Whether any server of the trial will ever mark its answers. */
export function marksAnswers({ faults }: TrialConfig): boolean {
  return faults.some(
    ({ action }) => action.kind === 'degraded' || (action.kind === 'restart' && action.announce !== undefined),
  );
}

import type { Outcome } from '../core/outcome.ts';
import type { JobId } from './jobs.ts';

/** What a server tells the network about a job. */
export interface ServerPort {
  /** The connection stands: the caller's connect timeout no longer counts. */
  accept(job: JobId): void;
  /** Sends an answer (or the lack of one: refused, reset) back to the caller. */
  answer(job: JobId, outcome: Outcome): void;
  /** As `answer` with ok, from a service that has just ended. */
  complete(job: JobId): void;
  /** The job is gone and nobody will hear of it. */
  lose(job: JobId): void;
}

import { grown } from '../core/arrays.ts';
import { invariant } from '../core/assert.ts';

/** One attempt's work on its way to, at, or back from a server. Outlives its call when the caller gave up. */
export type JobId = number;

export const NO_JOB: JobId = -1;
/** The job's caller no longer waits for it. */
export const NO_CALL = -1;

/** Where a job is, for the server that holds it. */
export const JobState = { travelling: 0, waiting: 1, serving: 2 } as const;

/** A handle that tells a reused job from the one meant: `generation * JOBS + job`, exact in a double. */
const JOBS = 2 ** 26;

/** All jobs in parallel typed arrays with a free list; `previous` and `next` link the one list a job stands in. */
export class JobTable {
  call = new Int32Array(64);
  server = new Int32Array(64);
  state = new Uint8Array(64);
  outcome = new Uint8Array(64);
  demandMs = new Float64Array(64);
  /** Network latency of the answer. */
  backMs = new Float64Array(64);
  /** Uniform in [0, 1): compared with the rate of errors. */
  coin = new Float64Array(64);
  /** The generation of the connection it goes over, where connections are modelled: see `Acceptor`. */
  connection = new Int32Array(64);
  /** When service will end; while the server hangs, how much is left. */
  endsAtMs = new Float64Array(64);
  timer = new Float64Array(64);
  previous = new Int32Array(64);
  next = new Int32Array(64);
  size = 0;

  private generation = new Int32Array(64);
  private firstFree = NO_JOB;
  private used = 0;

  open(): JobId {
    let job = this.firstFree;
    if (job >= 0) this.firstFree = this.next[job];
    else {
      job = this.used++;
      if (job === this.call.length) this.grow();
    }
    this.state[job] = JobState.travelling;
    this.size++;
    return job;
  }

  close(job: JobId): void {
    this.generation[job]++;
    this.next[job] = this.firstFree;
    this.firstFree = job;
    this.size--;
  }

  handle(job: JobId): number {
    return this.generation[job] * JOBS + job;
  }

  /** The job the handle named, or NO_JOB when it has ended since. */
  byHandle(handle: number): JobId {
    const generation = Math.floor(handle / JOBS);
    const job = handle - generation * JOBS;
    return this.generation[job] === generation ? job : NO_JOB;
  }

  private grow(): void {
    invariant(this.used < JOBS, () => `jobs: more than ${JOBS} at once`);
    this.call = grown(this.call);
    this.server = grown(this.server);
    this.state = grown(this.state);
    this.outcome = grown(this.outcome);
    this.demandMs = grown(this.demandMs);
    this.backMs = grown(this.backMs);
    this.coin = grown(this.coin);
    this.connection = grown(this.connection);
    this.endsAtMs = grown(this.endsAtMs);
    this.timer = grown(this.timer);
    this.previous = grown(this.previous);
    this.next = grown(this.next);
    this.generation = grown(this.generation);
  }
}

/** A doubly linked list through the table's `previous` and `next`: a queue from which any job can leave. */
export class JobList {
  size = 0;
  first: JobId = NO_JOB;
  private last: JobId = NO_JOB;
  private readonly jobs: JobTable;

  constructor(jobs: JobTable) {
    this.jobs = jobs;
  }

  push(job: JobId): void {
    const { jobs, last } = this;
    jobs.previous[job] = last;
    jobs.next[job] = NO_JOB;
    if (last === NO_JOB) this.first = job;
    else jobs.next[last] = job;
    this.last = job;
    this.size++;
  }

  remove(job: JobId): void {
    const { jobs } = this;
    const previous = jobs.previous[job];
    const next = jobs.next[job];
    if (previous === NO_JOB) this.first = next;
    else jobs.next[previous] = next;
    if (next === NO_JOB) this.last = previous;
    else jobs.previous[next] = previous;
    this.size--;
  }

  /** A copy of it, in order. */
  toArray(): JobId[] {
    const all: JobId[] = [];
    for (let job = this.first; job !== NO_JOB; job = this.jobs.next[job]) all.push(job);
    return all;
  }

  /** Empties the list, giving its jobs in order. */
  drain(): JobId[] {
    const all = this.toArray();
    this.first = NO_JOB;
    this.last = NO_JOB;
    this.size = 0;
    return all;
  }
}

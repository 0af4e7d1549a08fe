import { grown } from '../core/arrays.ts';
import type { CallId } from '../mesh/calls.ts';

/** What is known of each open request beside its call, by call id: the draws that no strategy chooses, and where its attempt is. */
export class RequestTable {
  /** Its place in the order of arrival, from 0: 2^31 requests at most. */
  request = new Int32Array(64);
  caller = new Int32Array(64);
  outMs = new Float64Array(64);
  backMs = new Float64Array(64);
  coin = new Float64Array(64);
  /** The job of the attempt under way, or NO_JOB when it was lost. */
  job = new Int32Array(64);
  /** One column for each law of service times. */
  readonly demandMs: Float64Array[];

  constructor(laws: number) {
    this.demandMs = Array.from({ length: laws }, () => new Float64Array(64));
  }

  /** Makes room for this call. */
  reserve(call: CallId): void {
    while (call >= this.request.length) {
      this.request = grown(this.request);
      this.caller = grown(this.caller);
      this.outMs = grown(this.outMs);
      this.backMs = grown(this.backMs);
      this.coin = grown(this.coin);
      this.job = grown(this.job);
      for (let law = 0; law < this.demandMs.length; law++) this.demandMs[law] = grown(this.demandMs[law]);
    }
  }
}

import { grown } from '../core/arrays.ts';
import type { LoadReport } from '../core/load_report.ts';
import type { JobId } from './jobs.ts';

/**
 * The load reports on their way back, by job: a server's figures as they were when the answer left. Beside them what a
 * server notes of a job for its meter. Only there where the strategy of the trial learns from reports, or servers ask to be spared.
 */
export class JobReports {
  arrivedAtMs = new Float64Array(64);
  /** Requests at the server when this one arrived. */
  inFlightAtArrival = new Int32Array(64);
  serviceStartMs = new Float64Array(64);

  private present = new Uint8Array(64);
  private qps = new Float64Array(64);
  private errorsPerSecond = new Float64Array(64);
  private utilization = new Float64Array(64);
  private requestsInFlight = new Int32Array(64);
  private queued = new Int32Array(64);
  private serviceTimeMs = new Float64Array(64);
  private retryAfterMs = new Float64Array(64);
  /** Handed out by `of`, every time the same. */
  private readonly report = {
    qps: 0,
    errorsPerSecond: 0,
    utilization: 0,
    requestsInFlight: 0,
    queued: 0,
    serviceTimeMs: 0,
    retryAfterMs: 0,
  };

  /** A job is sent: there is no report yet. */
  open(job: JobId): void {
    while (job >= this.present.length) this.grow();
    this.present[job] = 0;
  }

  write(
    job: JobId,
    qps: number,
    errorsPerSecond: number,
    utilization: number,
    requestsInFlight: number,
    queued: number,
    serviceTimeMs: number,
    retryAfterMs: number,
  ): void {
    this.present[job] = 1;
    this.qps[job] = qps;
    this.errorsPerSecond[job] = errorsPerSecond;
    this.utilization[job] = utilization;
    this.requestsInFlight[job] = requestsInFlight;
    this.queued[job] = queued;
    this.serviceTimeMs[job] = serviceTimeMs;
    this.retryAfterMs[job] = retryAfterMs;
  }

  /** The report with the job's answer, null where there is none (refused, reset). Valid until the next call. */
  of(job: JobId): LoadReport | null {
    if (this.present[job] === 0) return null;
    const { report } = this;
    report.qps = this.qps[job];
    report.errorsPerSecond = this.errorsPerSecond[job];
    report.utilization = this.utilization[job];
    report.requestsInFlight = this.requestsInFlight[job];
    report.queued = this.queued[job];
    report.serviceTimeMs = this.serviceTimeMs[job];
    report.retryAfterMs = this.retryAfterMs[job];
    return report;
  }

  private grow(): void {
    this.arrivedAtMs = grown(this.arrivedAtMs);
    this.inFlightAtArrival = grown(this.inFlightAtArrival);
    this.serviceStartMs = grown(this.serviceStartMs);
    this.present = grown(this.present);
    this.qps = grown(this.qps);
    this.errorsPerSecond = grown(this.errorsPerSecond);
    this.utilization = grown(this.utilization);
    this.requestsInFlight = grown(this.requestsInFlight);
    this.queued = grown(this.queued);
    this.serviceTimeMs = grown(this.serviceTimeMs);
    this.retryAfterMs = grown(this.retryAfterMs);
  }
}

import { Outcome } from '../core/outcome.ts';
import type { InstanceConfig } from './config.ts';
import type { JobReports } from './job_reports.ts';
import type { JobId } from './jobs.ts';
import { LoadMeter } from './load_meter.ts';

/** What a server says of its load, in its answers and to probes. */
export class ServerLoad {
  private readonly config: InstanceConfig;
  private readonly reports: JobReports;
  private readonly meter = new LoadMeter();

  constructor(config: InstanceConfig, reports: JobReports) {
    this.config = config;
    this.reports = reports;
  }

  /** A request arrives where `inFlight` others are served or wait. */
  arrived(job: JobId, inFlight: number, nowMs: number): void {
    this.reports.arrivedAtMs[job] = nowMs;
    this.reports.inFlightAtArrival[job] = inFlight;
  }

  served(job: JobId, nowMs: number): void {
    this.reports.serviceStartMs[job] = nowMs;
  }

  /** So many workers were busy all that time. */
  addBusy(workers: number, fromMs: number, toMs: number): void {
    this.meter.addBusy(workers, fromMs, toMs);
  }

  /** An answer leaves: notes it, and writes the report that goes with it. The job is no longer among those in flight. */
  report(job: JobId, outcome: Outcome, inFlight: number, queued: number, nowMs: number): void {
    const { reports, meter } = this;
    const isOk = outcome === Outcome.ok;
    meter.addAnswer(!isOk, nowMs);
    // Errors and rejections are quicker than any service: as latencies they would recommend the server.
    if (isOk) meter.addLatency(reports.inFlightAtArrival[job], nowMs - reports.arrivedAtMs[job], nowMs);
    reports.write(
      job,
      meter.answerRate(nowMs),
      meter.errorRate(nowMs),
      meter.busyWorkers(nowMs) / this.config.concurrency,
      inFlight,
      queued,
      isOk ? nowMs - reports.serviceStartMs[job] : 0,
      outcome === Outcome.rejected ? (this.config.retryAfterMs ?? 0) : 0,
    );
  }

  /** The latency a request may expect that arrives now. */
  expectedMs(inFlight: number, nowMs: number): number {
    return this.meter.expectedMs(inFlight, nowMs);
  }

  /** The process is new: nothing it said before holds. */
  restart(nowMs: number): void {
    this.meter.restart(nowMs);
  }
}

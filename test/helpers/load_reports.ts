import type { LoadReport } from '../../src/core/load_report.ts';

/** What an instance says of its load; nothing but what is given. */
export function loadReport(said: Partial<LoadReport> = {}): LoadReport {
  return {
    qps: 0,
    errorsPerSecond: 0,
    utilization: 0,
    requestsInFlight: 0,
    queued: 0,
    serviceTimeMs: 0,
    retryAfterMs: 0,
    ...said,
  };
}

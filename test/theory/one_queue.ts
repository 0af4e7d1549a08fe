import { runTrial } from '../../src/run/trial.ts';
import type { TrialConfig } from '../../src/sim/config.ts';
import { instances } from '../helpers/trial.ts';
import { type Estimate, estimate, latency, queueing, relaxedMs } from './theory.ts';

export interface Size {
  readonly servers: number;
  /** Load per server. */
  readonly rho: number;
  /** Length of the part of each replication that is measured. */
  readonly measuredMs: number;
  readonly replications: number;
}

/**
 * The mean response of some way to send Poisson arrivals to exponential servers with unit service, with one queue for all
 * servers as control variate (Law, Simulation Modeling and Analysis, chapter on variance reduction): the mean difference
 * to M/M/c over the very same requests, plus the mean of M/M/c, which is known. What a replication's requests have in
 * common cancels, so that a few per cent of the requests do for the same bound.
 */
export function replicateBesideOneQueue(
  written: Pick<TrialConfig, 'strategy'> & Partial<TrialConfig>,
  { servers, rho, measuredMs, replications }: Size,
): Estimate {
  const warmupMs = relaxedMs(rho);
  const trial = queueing(servers, rho, { durationMs: warmupMs + measuredMs, warmupMs, ...written });
  const serviceTime = { kind: 'exponential', meanMs: 1 } as const;
  const control = { ...trial, instances: instances(1, { concurrency: servers, serviceTime }) };
  const mean = (of: TrialConfig, seed: number): number =>
    latency('mean')(runTrial(of, seed, { recordSeries: false }).measures);
  const difference = estimate(
    Array.from({ length: replications }, (_, r) => mean(trial, r + 1) - mean(control, r + 1)),
  );
  return { mean: difference.mean + meanResponseMMc(servers, rho), bound: difference.bound };
}

/** Erlang C from Erlang B's recursion (Cooper, Introduction to Queueing Theory, 1981, section 3.3). */
function meanResponseMMc(servers: number, rho: number): number {
  const offered = servers * rho;
  let blocking = 1;
  for (let c = 1; c <= servers; c++) blocking = (offered * blocking) / (c + offered * blocking);
  const waiting = blocking / (1 - rho * (1 - blocking));
  return 1 + waiting / (servers * (1 - rho));
}

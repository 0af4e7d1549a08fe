import { Outcome } from '../core/outcome.ts';
import type { Random } from '../core/random.ts';
import type { Probe, ProbeAnswer } from '../health/probe.ts';
import { type AnswerMark, DEGRADED, FAIL_AT_ONCE } from './answer_marks.ts';
import type { Engine } from './engine.ts';
import type { JobReports } from './job_reports.ts';
import { type JobId, type JobTable, NO_CALL, NO_JOB } from './jobs.ts';
import type { Server } from './server.ts';

/** In a job's `call`: it is a probe, and nobody's request. Requests count from 0, and -1 is one that its caller gave up. */
const FIRST_PROBE = -2;

interface Ports {
  readonly engine: Engine;
  readonly jobs: JobTable;
  /** null where nobody reads what servers say of their load. */
  readonly reports: JobReports | null;
}

/**
 * Probes that wait in line with requests: each is a job, with a place in the queue and a worker's time, and comes back
 * through the network as one. Control plane: a closure or two a probe.
 */
export class QueuedProbes {
  private readonly ports: Ports;
  private readonly dones: (((answer: ProbeAnswer) => void) | null)[] = [];
  private readonly free: number[] = [];

  constructor(ports: Ports) {
    this.ports = ports;
  }

  /** How one checker sends them: `costMs` of service each, a latency for each leg. */
  probe(
    serverOf: (id: string) => Server,
    costMs: number,
    latency: () => number,
    coins: Random,
    /** Its checker has stopped listening: whether to tell the server. */
    giveUp: (job: JobId, server: Server) => void,
  ): Probe {
    const { engine, jobs, reports } = this.ports;
    return (target, _timeoutMs, done) => {
      const server = serverOf(target.id);
      const outMs = latency();
      const job = jobs.open();
      reports?.open(job);
      const probe = this.free.pop() ?? this.dones.length;
      this.dones[probe] = done;
      jobs.call[job] = FIRST_PROBE - probe;
      jobs.server[job] = server.index;
      jobs.demandMs[job] = costMs;
      jobs.backMs[job] = latency();
      // Errors of the health endpoint are decided when it arrives; those of requests are none of its business.
      jobs.coin[job] = 1;
      const coin = coins.unit();
      const handle = jobs.handle(job);
      engine.schedule(outMs, () => server.receiveProbe(job, coin), 0);
      return () => {
        const mine = jobs.byHandle(handle);
        if (mine === NO_JOB || jobs.call[mine] === NO_CALL) return;
        this.release(mine);
        jobs.call[mine] = NO_CALL;
        giveUp(mine, server);
      };
    };
  }

  /** The probe's answer is back, with what it says beside its outcome. */
  deliver(call: number, outcome: Outcome, mark: AnswerMark): void {
    const done = this.take(FIRST_PROBE - call);
    done?.(foundBy(outcome, mark));
  }

  /** The job is lost on its way: the checker will hear nothing. */
  release(job: JobId): void {
    this.take(FIRST_PROBE - this.ports.jobs.call[job]);
  }

  private take(probe: number): ((answer: ProbeAnswer) => void) | null {
    const done = this.dones[probe] ?? null;
    this.dones[probe] = null;
    this.free.push(probe);
    return done;
  }
}

/** Refused and reset are what the checker finds, all else is what the server says. */
function foundBy(outcome: Outcome, mark: AnswerMark): ProbeAnswer {
  if (mark === FAIL_AT_ONCE) return 'immediateFail';
  if (outcome === Outcome.ok) return mark === DEGRADED ? 'degraded' : 'pass';
  return outcome === Outcome.error || outcome === Outcome.rejected ? 'badAnswer' : 'refused';
}

import type { Outcome } from '../../core/outcome.ts';
import type { PassiveHealth, PassivePorts } from '../passive.ts';

/** Judges one host by its own attempts. What it thinks it says to the `Verdict` it was given, as the last thing it does. */
export interface HostJudge {
  /** Hot. */
  started(): void;
  /** Hot. */
  ended(outcome: Outcome): void;
  /** See `PassiveHealth.abandoned`. Absent: that makes no difference. */
  abandoned?(): void;
  /** It is now the only host there is, or no longer. Absent: that makes no difference. */
  alone?(isAlone: boolean): void;
  /** Stops its timer. */
  stop(): void;
}

/** When what is being judged arose: an attempt that has ended, as it was sent. NaN: now. */
interface Evidence {
  atMs: number;
}

/** What is thought of one host. A new host is in. */
export class Verdict {
  private readonly ports: PassivePorts;
  private readonly evidence: Evidence;
  private readonly host: number;
  private out = false;
  private probing = false;

  constructor(ports: PassivePorts, evidence: Evidence, host: number) {
    this.ports = ports;
    this.evidence = evidence;
    this.host = host;
  }

  /** Tells the listener if that is news. */
  say(out: boolean, probing: boolean): void {
    if (out === this.out && probing === this.probing) return;
    this.out = out;
    this.probing = probing;
    const { atMs } = this.evidence;
    this.ports.listener(this.host, out, Number.isNaN(atMs) ? this.ports.clock.now() : atMs, probing);
  }
}

/**
 * Passive health in which each host has a judge of its own. A passed active check changes nothing: none of the systems
 * that judge so joins the two.
 */
export class EachHost implements PassiveHealth {
  protected readonly ports: PassivePorts;
  private readonly evidence: Evidence = { atMs: Number.NaN };
  private readonly judgeOf: (verdict: Verdict) => HostJudge;
  /** By host; null where there is none. */
  protected readonly judges: (HostJudge | null)[] = [];
  protected readonly verdicts: Verdict[] = [];
  private size = 0;

  constructor(ports: PassivePorts, judgeOf: (verdict: Verdict) => HostJudge) {
    this.ports = ports;
    this.judgeOf = judgeOf;
  }

  /** Throws a RangeError where the host is there already. */
  add(host: number): void {
    while (this.judges.length <= host) this.judges.push(null);
    if (this.judges[host] !== null) throw new RangeError(`host ${host} is added a second time`);
    const before = this.size === 1 ? this.first() : null;
    const judge = this.judge(host, new Verdict(this.ports, this.evidence, host));
    this.size++;
    if (this.size === 1) judge.alone?.(true);
    before?.alone?.(false);
  }

  remove(host: number): void {
    const judge = this.judges[host] ?? null;
    if (judge === null) return;
    judge.stop();
    this.judges[host] = null;
    this.size--;
    if (this.size === 1) this.first()?.alone?.(true);
  }

  started(host: number): void {
    this.judges[host]?.started();
  }

  abandoned(host: number): void {
    this.judges[host]?.abandoned?.();
  }

  ended(host: number, outcome: Outcome, sentAtMs = Number.NaN): void {
    this.evidence.atMs = sentAtMs;
    this.judges[host]?.ended(outcome);
    this.evidence.atMs = Number.NaN;
  }

  checkPassed(): void {}

  close(): void {
    for (const judge of this.judges) judge?.stop();
    this.judges.length = 0;
    this.size = 0;
  }

  /** A judge who knows nothing yet. */
  protected judge(host: number, verdict: Verdict): HostJudge {
    const judge = this.judgeOf(verdict);
    this.judges[host] = judge;
    this.verdicts[host] = verdict;
    return judge;
  }

  private first(): HostJudge | null {
    return this.judges.find((judge) => judge !== null) ?? null;
  }
}

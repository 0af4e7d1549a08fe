import type { Clock } from '../../core/clock.ts';
import type { Instance } from '../../core/instance.ts';
import type { DetectorListener, HostDetector } from '../host_detector.ts';
import { isGone } from './roster.ts';
import type { SwimMember } from './swim_member.ts';

/**
 * What a member of a SWIM group knows, as a caller's word of its hosts: an instance that the group holds dead is out, and
 * in again once it has refuted that. A suspect is in, as memberlist tells its users of the dead only; so is an instance
 * the group has never heard of.
 */
export class SwimDetector implements HostDetector {
  readonly trustsUnheard = true;
  private readonly clock: Clock;
  private readonly member: SwimMember;
  private readonly listener: DetectorListener;
  private readonly hosts = new Map<string, { readonly host: number; out: boolean }>();

  /** `memberOf` is given who hears of members, and makes the member. */
  constructor(clock: Clock, listener: DetectorListener, memberOf: (heard: MemberListener) => SwimMember) {
    this.clock = clock;
    this.listener = listener;
    this.member = memberOf((name, state, evidenceAtMs) => this.say(name, state === 'dead', evidenceAtMs));
  }

  add(host: number, { id }: Instance): void {
    this.hosts.set(id, { host, out: false });
    const known = this.member.stateOf(id);
    if (known === null || !isGone(known.state)) return;
    this.clock.schedule(0, () => this.look(id), 0);
  }

  remove(host: number): void {
    for (const [id, each] of this.hosts) if (each.host === host) this.hosts.delete(id);
  }

  close(): void {
    this.member.close();
    this.hosts.clear();
  }

  private look(id: string): void {
    const known = this.member.stateOf(id);
    if (known !== null) this.say(id, isGone(known.state), known.evidenceAtMs);
  }

  private say(id: string, out: boolean, evidenceAtMs: number): void {
    const known = this.hosts.get(id);
    if (known === undefined || known.out === out) return;
    known.out = out;
    this.listener(known.host, out, evidenceAtMs);
  }
}

type MemberListener = (member: string, state: 'alive' | 'suspect' | 'dead', evidenceAtMs: number) => void;

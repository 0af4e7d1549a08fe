import { type Clock, NO_TIMER, type TimerId } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import type { MemberState, Rumour, SwimMessage } from './message.ts';
import { Prober } from './prober.ts';
import { requireInRange } from './require_in_range.ts';
import { isGone, type MemberRecord, Roster } from './roster.ts';
import { RumourQueue } from './rumour_queue.ts';
import type { SwimSettings } from './settings.ts';
import { Suspicion } from './suspicion.ts';
import { pushPullDelayMs, retransmitLimit, suspicionTimeoutMs } from './timing.ts';

export interface SwimMemberOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: SwimSettings;
  /** Its own name, unique in the group. */
  readonly name: string;
  /** Whom it knows of from the start, thought alive. */
  readonly members: readonly string[];
  readonly send: (to: string, message: SwimMessage) => void;
  /** What it thinks of another has changed. A member that has left is told as dead. */
  readonly listener: (member: string, state: 'alive' | 'suspect' | 'dead', evidenceAtMs: number) => void;
}

/** How many a member that joins turns to, as a list of seeds has them. */
const SEEDS = 3;

/**
 * One member of a group that watches itself: SWIM (Das, Gupta, Motivala, 2002) as hashicorp/memberlist has it, with
 * Lifeguard's time for suspects. What it finds, and what it hears, it tells a few others. Whoever hears that it is
 * suspect or dead itself refutes that, by an incarnation above.
 *
 * The dead are not forgotten: as in Serf, some are tried now and then.
 */
export class SwimMember {
  private readonly options: SwimMemberOptions;
  private readonly roster: Roster;
  private readonly prober: Prober;
  private readonly queue = new RumourQueue();
  private readonly random: Random;
  private leaving = false;
  private gossipTimer: TimerId = NO_TIMER;
  private exchangeTimer: TimerId = NO_TIMER;
  private reconnectTimer: TimerId = NO_TIMER;

  /** Throws a RangeError for settings out of range. */
  constructor(options: SwimMemberOptions) {
    const { clock, random, settings, name, members } = options;
    requireInRange(settings);
    this.options = options;
    this.random = random.fork('gossip');
    this.roster = new Roster(name, members, settings.targets, clock.now(), random.fork('roster'));
    this.prober = new Prober({
      ...{ name, settings, clock, roster: this.roster, random: random.fork('prober') },
      send: (to, message) => options.send(to.name, message),
      rumours: () => this.rumours(),
      suspicionOf: (record) => [rumourOf(record, name)],
      onSilence: (record, incarnation, evidenceAtMs) =>
        this.hear({ about: record.name, state: 'suspect', incarnation, from: name, evidenceAtMs }),
    });
    this.gossipTimer = clock.schedule(this.random.unit() * settings.gossipIntervalMs, this.gossip, 0);
    const exchangeMs = pushPullDelayMs(settings, this.roster.living);
    this.exchangeTimer = clock.schedule(this.random.unit() * exchangeMs, this.exchange, 0);
    this.reconnectTimer = clock.schedule(this.random.unit() * settings.reconnectIntervalMs, this.reconnect, 0);
  }

  /** What it thinks of that member; null: it knows of none of that name. */
  stateOf(name: string): { readonly state: MemberState; readonly evidenceAtMs: number } | null {
    return this.roster.find(name) ?? null;
  }

  /** Its process has just started: it asks others what is known, and hears what was last thought of it. */
  join(): void {
    for (const peer of this.roster.pick(SEEDS, (each) => each !== this.roster.self)) this.sendAll(peer.name, false);
  }

  /** It says that it goes. It answers and tells until it is closed. */
  leave(): void {
    const { name, clock } = this.options;
    this.leaving = true;
    const { self } = this.roster;
    const { incarnation } = self;
    const goodbye: Rumour = { about: name, state: 'left', incarnation, from: name, evidenceAtMs: clock.now() };
    this.roster.turn(self, goodbye, clock.now());
    this.queue.add(goodbye);
  }

  receive(message: SwimMessage): void {
    this.meet(message.from);
    for (const rumour of message.rumours) this.hear(message.kind === 'exchange' ? this.doubted(rumour) : rumour);
    if (message.kind === 'ping' || message.kind === 'indirectPing') this.prober.asked(message);
    else if (message.kind === 'ack') this.prober.answered(message.sequence);
    else if (message.kind === 'exchange' && !message.answer) this.sendAll(message.from, true);
  }

  /** Stops without a word. */
  close(): void {
    this.prober.close();
    for (const timer of [this.gossipTimer, this.exchangeTimer, this.reconnectTimer]) this.options.clock.cancel(timer);
    for (const record of this.roster.all()) record.suspicion?.stop();
  }

  // What is said of members: memberlist state.go, aliveNode, suspectNode, deadNode.

  private hear(rumour: Rumour): void {
    const record = this.roster.find(rumour.about) ?? this.stranger(rumour);
    if (record === null) return;
    if (record === this.roster.self) this.hearOfSelf(rumour);
    else if (rumour.state === 'alive') this.hearAlive(record, rumour);
    else if (rumour.incarnation < record.incarnation) return;
    else if (rumour.state === 'suspect') this.hearSuspect(record, rumour);
    else if (!isGone(record.state)) this.turn(record, rumour);
  }

  private hearAlive(record: MemberRecord, rumour: Rumour): void {
    if (rumour.incarnation > record.incarnation) this.turn(record, rumour);
  }

  private hearSuspect(record: MemberRecord, rumour: Rumour): void {
    if (record.suspicion !== null) {
      if (record.suspicion.confirm(rumour.from)) this.queue.add(rumour);
    } else if (record.state === 'alive') {
      this.turn(record, rumour);
      this.startSuspicion(record, rumour.from);
    }
  }

  private startSuspicion(record: MemberRecord, from: string): void {
    const { clock, settings, name } = this.options;
    const { living } = this.roster;
    // Two probe intervals short of the time there is, and only where there are others enough.
    const wanted = settings.suspicionMult - 2 > living - 2 ? 0 : settings.suspicionMult - 2;
    const minMs = suspicionTimeoutMs(settings, living);
    const onTimeout = (): void => {
      this.hear({ ...rumourOf(record, name), state: 'dead' });
    };
    const maxMs = minMs * settings.suspicionMaxTimeoutMult;
    record.suspicion = new Suspicion({ clock, from, wanted, minMs, maxMs, onTimeout });
  }

  private hearOfSelf({ state, incarnation }: Rumour): void {
    const { self } = this.roster;
    // What it once said itself, or what it has already answered.
    if (this.leaving || incarnation < self.incarnation || (state === 'alive' && incarnation === self.incarnation))
      return;
    self.incarnation = incarnation + 1;
    self.evidenceAtMs = this.options.clock.now();
    this.queue.add(rumourOf(self, self.name));
  }

  private turn(record: MemberRecord, rumour: Rumour): void {
    const before = record.state;
    this.roster.turn(record, rumour, this.options.clock.now());
    this.queue.add(rumour);
    if (record.state === before) return;
    this.options.listener(record.name, record.state === 'left' ? 'dead' : record.state, record.evidenceAtMs);
  }

  /** Somebody not known before: of one who lives that is news, of one who does not it is nothing. */
  private stranger(rumour: Rumour): MemberRecord | null {
    if (rumour.state !== 'alive') return null;
    const record = this.roster.add(rumour.about, this.options.clock.now());
    record.incarnation = rumour.incarnation;
    record.evidenceAtMs = rumour.evidenceAtMs;
    this.queue.add(rumour);
    this.options.listener(record.name, 'alive', record.evidenceAtMs);
    return null;
  }

  private meet(name: string): void {
    if (this.roster.find(name) !== undefined) return;
    const evidenceAtMs = this.options.clock.now();
    this.hear({ about: name, state: 'alive', incarnation: 0, from: name, evidenceAtMs });
  }

  /** Another's word in an exchange that somebody is dead is only a suspicion, and one's own from then on. */
  private doubted(rumour: Rumour): Rumour {
    if (rumour.state !== 'dead' && rumour.state !== 'suspect') return rumour;
    return { ...rumour, state: 'suspect', from: this.options.name };
  }

  // Telling.

  private rumours(): Rumour[] {
    return this.queue.size === 0 ? [] : this.queue.take(retransmitLimit(this.options.settings, this.roster.living));
  }

  private readonly gossip = (): void => {
    const { clock, settings, name, send } = this.options;
    this.gossipTimer = clock.schedule(settings.gossipIntervalMs, this.gossip, 0);
    if (this.queue.size === 0) return;
    const now = clock.now();
    const fits = (each: MemberRecord): boolean => {
      if (each === this.roster.self || each.state === 'left') return false;
      return each.state !== 'dead' || now - each.sinceMs <= settings.gossipToTheDeadMs;
    };
    for (const peer of this.roster.pick(settings.gossipNodes, fits)) {
      const rumours = this.rumours();
      if (rumours.length === 0) return;
      send(peer.name, { kind: 'gossip', from: name, rumours });
    }
  };

  private readonly exchange = (): void => {
    const { clock, settings } = this.options;
    this.exchangeTimer = clock.schedule(pushPullDelayMs(settings, this.roster.living), this.exchange, 0);
    const [peer] = this.roster.pick(1, (each) => each !== this.roster.self && each.state === 'alive');
    if (peer !== undefined) this.sendAll(peer.name, false);
  };

  /** Serf serf.go, reconnect: so often that all together try about one dead member each time. */
  private readonly reconnect = (): void => {
    const { clock, settings } = this.options;
    this.reconnectTimer = clock.schedule(settings.reconnectIntervalMs, this.reconnect, 0);
    const dead = this.roster.all().filter(({ state }) => state === 'dead').length;
    if (dead === 0 || this.random.unit() > dead / this.roster.living) return;
    const [peer] = this.roster.pick(1, (each) => each.state === 'dead');
    if (peer !== undefined) this.sendAll(peer.name, false);
  };

  private sendAll(to: string, answer: boolean): void {
    const { name, send } = this.options;
    send(to, {
      kind: 'exchange',
      from: name,
      answer,
      rumours: this.roster.all().map((each) => rumourOf(each, each.from)),
    });
  }
}

function rumourOf({ name, state, incarnation, evidenceAtMs }: MemberRecord, from: string): Rumour {
  return { about: name, state, incarnation, from, evidenceAtMs };
}

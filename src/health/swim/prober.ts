import { type Clock, NO_TIMER, type TimerId } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import type { IndirectPing, Ping, SwimMessage } from './message.ts';
import type { MemberRecord, Roster } from './roster.ts';
import type { SwimSettings } from './settings.ts';

export interface ProberOptions {
  readonly name: string;
  readonly settings: SwimSettings;
  readonly roster: Roster;
  readonly clock: Clock;
  readonly random: Random;
  readonly send: (to: MemberRecord, message: SwimMessage) => void;
  /** What is to be told along with the next message. */
  readonly rumours: () => SwimMessage['rumours'];
  /** A ping of somebody suspect takes the suspicion along, so that it can refute it. */
  readonly suspicionOf: (record: MemberRecord) => SwimMessage['rumours'];
  /** Neither it nor those asked to ask it have answered the probe sent then. */
  readonly onSilence: (record: MemberRecord, incarnation: number, sentAtMs: number) => void;
}

interface Relay {
  readonly to: string;
  readonly sequence: number;
  readonly untilMs: number;
}

/**
 * One member's probes: at a fixed rate it pings one member; without an answer by the timeout it asks others to; without
 * one by the next turn the target is suspect (memberlist state.go, probeNode). And what it does for the probes of others.
 *
 * Of memberlist's, the ping by TCP is left out, and so is all that makes a slow member doubt itself (nacks, awareness).
 */
export class Prober {
  private readonly options: ProberOptions;
  private sequence = 0;
  private target: MemberRecord | null = null;
  /** Of the probe under way. */
  private number = 0;
  private incarnation = 0;
  private sentAtMs = 0;
  private tickTimer: TimerId;
  private timeout: TimerId = NO_TIMER;
  /** By number, of pings sent for others; in order of age. */
  private readonly relays = new Map<number, Relay>();

  constructor(options: ProberOptions) {
    this.options = options;
    const { clock, random, settings } = options;
    this.tickTimer = clock.schedule(random.unit() * settings.probeIntervalMs, this.tick, 0);
  }

  close(): void {
    this.options.clock.cancel(this.tickTimer);
    this.options.clock.cancel(this.timeout);
    this.target = null;
  }

  /** Somebody wants to know whether we, or another, are there. */
  asked(message: Ping | IndirectPing): void {
    const { name, roster, clock, settings, rumours } = this.options;
    const asker = roster.find(message.from);
    if (asker === undefined) return;
    if (message.kind === 'ping') {
      this.options.send(asker, { kind: 'ack', from: name, sequence: message.sequence, rumours: rumours() });
      return;
    }
    const target = roster.find(message.target);
    if (target === undefined) return;
    this.forgetOldRelays();
    const sequence = ++this.sequence;
    const untilMs = clock.now() + settings.probeTimeoutMs;
    this.relays.set(sequence, { to: message.from, sequence: message.sequence, untilMs });
    this.options.send(target, { kind: 'ping', from: name, sequence, rumours: rumours() });
  }

  /** An answer to a probe of ours, or to one we sent for another. */
  answered(sequence: number): void {
    if (this.target !== null && sequence === this.number) {
      this.target = null;
      this.options.clock.cancel(this.timeout);
      return;
    }
    const relay = this.relays.get(sequence);
    if (relay === undefined) return;
    this.relays.delete(sequence);
    const { name, roster, clock, rumours } = this.options;
    const asker = roster.find(relay.to);
    if (asker === undefined || clock.now() > relay.untilMs) return;
    this.options.send(asker, { kind: 'ack', from: name, sequence: relay.sequence, rumours: rumours() });
  }

  private readonly tick = (): void => {
    const { clock, settings, onSilence } = this.options;
    this.tickTimer = clock.schedule(settings.probeIntervalMs, this.tick, 0);
    const silent = this.target;
    this.target = null;
    if (silent !== null) onSilence(silent, this.incarnation, this.sentAtMs);
    this.probe();
  };

  private probe(): void {
    const { name, roster, clock, settings, rumours, suspicionOf, send } = this.options;
    const target = roster.nextTarget();
    if (target === null) return;
    this.target = target;
    this.number = ++this.sequence;
    this.incarnation = target.incarnation;
    this.sentAtMs = clock.now();
    this.timeout = clock.schedule(settings.probeTimeoutMs, this.askOthers, 0);
    const told = target.state === 'suspect' ? suspicionOf(target) : rumours();
    send(target, { kind: 'ping', from: name, sequence: this.number, rumours: told });
  }

  private readonly askOthers = (): void => {
    const { name, roster, settings, rumours, send } = this.options;
    const { target, number: sequence } = this;
    if (target === null) return;
    const fits = (each: MemberRecord): boolean => each !== roster.self && each !== target && each.state === 'alive';
    for (const other of roster.pick(settings.indirectChecks, fits)) {
      send(other, { kind: 'indirectPing', from: name, sequence, target: target.name, rumours: rumours() });
    }
  };

  private forgetOldRelays(): void {
    const now = this.options.clock.now();
    for (const [sequence, { untilMs }] of this.relays) {
      if (untilMs >= now) break;
      this.relays.delete(sequence);
    }
  }
}

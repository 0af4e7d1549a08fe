import { randomStream } from '../../../src/core/random.ts';
import type { SwimMessage } from '../../../src/health/swim/message.ts';
import { SWIM, type SwimSettings } from '../../../src/health/swim/settings.ts';
import { SwimMember } from '../../../src/health/swim/swim_member.ts';
import { Engine } from '../../../src/sim/engine.ts';

/** One change of what a member thinks of another. */
export interface Saying {
  readonly atMs: number;
  readonly by: string;
  readonly about: string;
  readonly state: 'alive' | 'suspect' | 'dead';
  readonly evidenceAtMs: number;
}

export interface Sent {
  readonly atMs: number;
  readonly from: string;
  readonly to: string;
  readonly message: SwimMessage;
}

/** Members `m0`, `m1`, ... of one group, all known to all, over a network that takes `latencyMs` and loses what `lost` says. */
export class Group {
  readonly engine = new Engine();
  readonly members = new Map<string, SwimMember>();
  readonly said: Saying[] = [];
  readonly sent: Sent[] = [];
  lost: (from: string, to: string, message: SwimMessage) => boolean = () => false;
  private readonly settings: SwimSettings;
  private readonly names: readonly string[];
  private readonly latencyMs: number;
  private readonly seed: string;

  constructor(size: number, settings: Partial<SwimSettings> = {}, latencyMs = 1, seed = 'group') {
    this.settings = { ...SWIM, ...settings };
    this.names = Array.from({ length: size }, (_, i) => `m${i}`);
    this.latencyMs = latencyMs;
    this.seed = seed;
    for (const name of this.names) this.start(name);
  }

  get now(): number {
    return this.engine.now();
  }

  /** The process of that name starts; under `life` its draws are its own. */
  start(name: string, members: readonly string[] = this.names, life = 0): SwimMember {
    const { engine } = this;
    const member = new SwimMember({
      ...{ clock: engine, settings: this.settings, name, members },
      random: randomStream(`${this.seed}/${name}#${life}`),
      send: (to, message) => {
        this.sent.push({ atMs: this.now, from: name, to, message });
        if (this.lost(name, to, message)) return;
        engine.schedule(this.latencyMs, () => this.members.get(to)?.receive(message), 0);
      },
      listener: (about, state, evidenceAtMs) =>
        this.said.push({ atMs: this.now, by: name, about, state, evidenceAtMs }),
    });
    this.members.set(name, member);
    return member;
  }

  crash(name: string): void {
    this.members.get(name)?.close();
    this.members.delete(name);
  }

  run(forMs: number): void {
    this.engine.run(this.now + forMs);
  }

  /** Who thinks so of it. */
  holding(about: string, state: string): string[] {
    return [...this.members].filter(([, member]) => member.stateOf(about)?.state === state).map(([name]) => name);
  }
}

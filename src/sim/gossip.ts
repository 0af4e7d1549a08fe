import type { Random } from '../core/random.ts';
import type { DetectorPorts, HostDetector } from '../health/host_detector.ts';
import type { SwimMessage } from '../health/swim/message.ts';
import { SwimDetector } from '../health/swim/swim_detector.ts';
import { SwimMember, type SwimMemberOptions } from '../health/swim/swim_member.ts';
import type { GossipConfig, TrialConfig } from './config.ts';
import type { Engine } from './engine.ts';
import { createFreezingClock, type FreezingClock } from './freezing_clock.ts';
import { latencySampler } from './network.ts';
import type { Presence } from './registries/registry_system.ts';
import type { Server } from './server.ts';

/** One member, as messages reach it. */
interface Endpoint {
  member: SwimMember | null;
  readonly isAwake: () => boolean;
}

/**
 * A SWIM group of all instances and all callers, in being since long before the run: everybody knows everybody. Messages
 * take the network's latency and are lost by a coin each, exchanges of all that is known excepted, which go over
 * connections. Callers never fail. A member lives in the process of its instance: it is gone with it, or with its machine,
 * and joins anew; one in a hung process neither hears nor says anything until that wakes.
 */
export class GossipGroup {
  private readonly engine: Engine;
  private readonly config: GossipConfig;
  private readonly random: Random;
  private readonly coins: Random;
  private readonly latency: () => number;
  private readonly names: readonly string[];
  private readonly endpoints = new Map<string, Endpoint>();

  constructor(trial: TrialConfig, config: GossipConfig, engine: Engine, random: Random) {
    this.engine = engine;
    this.config = config;
    this.random = random;
    this.coins = random.fork('loss');
    this.latency = latencySampler(trial, random.fork('latency'));
    this.names = [...trial.instances.map(({ id }) => id), ...trial.callers.map(({ id }) => callerName(id))];
  }

  /** What makes the detector of that caller. */
  detectorOf(id: string): (ports: DetectorPorts) => HostDetector {
    const name = callerName(id);
    return ({ clock, random, listener }) =>
      new SwimDetector(clock, listener, (heard) => {
        const member = this.memberOf({ name, clock, random, listener: heard });
        this.endpoints.set(name, { member, isAwake: () => true });
        return member;
      });
  }

  /** The instance's presence in the group beside that in the registry, which hears of everything first. */
  presenceOf(server: Server, registry: Presence): Presence {
    const place = new GroupPlace(server, this.engine, (clock, life) =>
      this.memberOf({
        name: server.config.id,
        clock,
        random: this.random.fork(`${server.config.id}#${life}`),
        listener: () => {},
      }),
    );
    this.endpoints.set(server.config.id, place);
    return both(registry, place);
  }

  private memberOf(own: Pick<SwimMemberOptions, 'name' | 'clock' | 'random' | 'listener'>): SwimMember {
    const { names: members, config } = this;
    return new SwimMember({
      ...own,
      members,
      settings: config.settings,
      send: (to, message) => this.send(to, message),
    });
  }

  private send(to: string, message: SwimMessage): void {
    const { loss } = this.config;
    if (loss > 0 && message.kind !== 'exchange' && this.coins.unit() < loss) return;
    this.engine.schedule(this.latency(), () => this.deliver(to, message), 0);
  }

  private deliver(to: string, message: SwimMessage): void {
    const endpoint = this.endpoints.get(to);
    if (endpoint?.isAwake()) endpoint.member?.receive(message);
  }
}

/** One instance's place in the group, from life to life of its process. */
class GroupPlace implements Endpoint, Presence {
  member: SwimMember | null = null;
  private readonly server: Server;
  private readonly create: (clock: FreezingClock, life: number) => SwimMember;
  private readonly clock: FreezingClock;
  private runs = false;
  private hasMachine = true;
  private lives = 0;
  private leaving = false;

  constructor(server: Server, engine: Engine, create: (clock: FreezingClock, life: number) => SwimMember) {
    this.server = server;
    this.create = create;
    this.clock = createFreezingClock(engine, () => !this.isAwake());
  }

  /** Where there is a member, its process runs on a machine that is there: it can only hang. */
  readonly isAwake = (): boolean => this.server.up;

  join(): void {
    this.runs = true;
    this.leaving = false;
    this.settle();
  }

  die(): void {
    this.runs = false;
    this.settle();
  }

  leave(): void {
    this.leaving = !this.isAwake();
    if (!this.leaving) this.member?.leave();
  }

  /** Without a word: memberlist heeds no signals, and what leaves on SIGTERM in a group of agents is the agent. */
  quit(): void {}

  reachable(): void {
    this.clock.thaw();
    if (this.leaving) this.leave();
  }

  machine(present: boolean): void {
    this.hasMachine = present;
    this.settle();
  }

  private settle(): void {
    const isThere = this.runs && this.hasMachine;
    if (isThere === (this.member !== null)) return;
    this.member?.close();
    this.member = isThere ? this.create(this.clock, this.lives++) : null;
    // The first was there before the run.
    if (this.lives > 1) this.member?.join();
  }
}

function both(first: Presence, second: Presence): Presence {
  return {
    join() {
      first.join();
      second.join();
    },
    die() {
      first.die();
      second.die();
    },
    leave() {
      first.leave();
      second.leave();
    },
    quit() {
      first.quit();
      second.quit();
    },
    reachable() {
      first.reachable();
      second.reachable();
    },
    machine(present) {
      first.machine(present);
      second.machine(present);
    },
  };
}

/** Apart from names of instances, which are words. */
function callerName(id: string): string {
  return `caller ${id}`;
}

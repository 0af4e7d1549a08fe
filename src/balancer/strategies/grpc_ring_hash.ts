import { Connectivity } from '../../core/connectivity.ts';
import type { HashText } from '../../core/hash/hash_text.ts';
import { xxh64 } from '../../core/hash/xxh64.ts';
import { type Key, NO_KEY } from '../../core/key.ts';
import type { Host } from '../host.ts';
import { GrpcPicker } from '../parts/grpc_picker.ts';
import { byHashKey, hashKeyOf, javaAddressOf, type KeyOfPoints } from '../parts/hash_key.ts';
import { type HashRing, lastAsSigned } from '../parts/hash_ring.ts';
import { byJavaMap } from '../parts/java_map_order.ts';
import { memberWeights } from '../parts/member_weights.ts';
import { type ProportionalRingRules, proportionalRing, sharesOf } from '../parts/proportional_ring.ts';
import { RequestHash } from '../parts/request_hash.ts';
import { TriedHosts } from '../parts/tried_hosts.ts';
import { hashWords, hex64, type PickMade, type PickReason, ruled } from '../pick_reason.ts';
import type { Strategy, StrategyPorts, WeightOf } from '../strategy.ts';

/** What a client caps both sizes of its rings at unless told otherwise (A42). The maximum bounds the minimum as well. */
const RING_SIZE_CAP = 4096;

/** What the implementations of gRPC do not have in common. */
interface RingRules {
  /** The hosts in the order in which they get points, which matters where fractions of points carry over. */
  readonly ordered: (hosts: readonly Host[]) => readonly Host[];
  readonly keyOf: KeyOfPoints;
  /** Whether a hash beyond the last point goes to that one, in the order of signed numbers; else to the first. */
  readonly endsAtLast: boolean;
}

export type GrpcRingSystem = 'grpc' | 'grpc-java' | 'grpc-core';

/**
 * grpc-go sorts hosts by hash key (ring.go, normalizeWeights); core takes them as the resolver gives them (ring_hash.cc).
 * grpc-java has them in the order of a map, makes points from addresses as Java prints them, and gives what lies beyond the
 * last point to that point (RingHashLoadBalancer.java, buildRing and getTargetIndex).
 */
const RULES: Readonly<Record<GrpcRingSystem, RingRules>> = {
  grpc: { ordered: (hosts) => hosts.toSorted(byHashKey), keyOf: hashKeyOf, endsAtLast: false },
  'grpc-java': { ordered: byJavaMap, keyOf: javaAddressOf, endsAtLast: true },
  'grpc-core': { ordered: (hosts) => hosts, keyOf: hashKeyOf, endsAtLast: false },
};

export interface GrpcRingHashOptions {
  readonly system: GrpcRingSystem;
  readonly minimumSize: number;
  readonly maximumSize: number;
  readonly needsKey: boolean;
  readonly keyHash: HashText;
}

/**
 * gRPC's ring_hash (A42, A76): Envoy's ring, but of all members, and with sizes capped at 4096. Equal weights leave no
 * fractions of points to carry over unless the maximum cuts the ring down.
 * Points of hosts that cannot be picked are passed over clockwise, so their failure moves no other host's keys. Without
 * a key the hash is random, as it is where xDS has no rule for the request or the header named for it is missing; or,
 * with `needsKey`, there is no host, as where nothing has set a hash (grpc-go: picker.go, Pick). gRPC has no selection
 * retries; here a host that turned the request down is passed over too.
 * Where connections are kept, hosts that fail are those passed over. The first other one is who the request is for, and it
 * waits where that one is idle, which connects it, or connects (A61; grpc-go, picker.go; RingHashLoadBalancer.java,
 * pickSubchannel; ring_hash.cc, Pick). With a random hash the first that is ready takes it, and one idle host at most on the
 * way there is connected to, none where one connects already (A76). Of a random hash that xDS has drawn gRPC knows nothing.
 *
 * A host that cannot be picked counts for its weight in the registry, with that of its zone where zones have weights.
 */
export class GrpcRingHash implements Strategy {
  readonly needsKey?: true;
  readonly prompt = 'from the start';
  readonly onNews?: (host: Host | null) => void;
  /** What grpc-go draws for the round robin beneath, which is never used; null: another's. */
  private readonly beneath: GrpcPicker | null;
  private readonly rules: RingRules;
  private readonly sizes: ProportionalRingRules;
  private readonly hash: RequestHash;
  private readonly connect: StrategyPorts['connect'];
  private hosts: readonly Host[] = [];
  private ring: HashRing | null = null;
  /** The point that whatever lies beyond it goes to; -1: there is none. */
  private end = -1;
  /** Per host, 1 where it may be picked. */
  private usable = new Uint8Array(0);
  /** How many of those have points. */
  private usableOnRing = 0;
  private tried = new TriedHosts(0);

  constructor(options: GrpcRingHashOptions, ports: StrategyPorts) {
    const { system, minimumSize, maximumSize } = options;
    if (options.needsKey) this.needsKey = true;
    this.rules = RULES[system];
    const beneath = system === 'grpc' ? new GrpcPicker(ports.random) : null;
    this.beneath = beneath;
    if (beneath !== null) this.onNews = (host) => beneath.onNews(host);
    const { keyOf } = this.rules;
    this.sizes = { minimumSize, maximumSize: Math.min(maximumSize, RING_SIZE_CAP), hash: xxh64, keyOf };
    this.hash = new RequestHash(ports, options.keyHash);
    this.connect = ports.connect;
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    this.beneath?.begins(members, eligible);
    const usable = new Set(eligible);
    const weight = memberWeights(weightOf, usable);
    this.build(
      members.filter((host) => weight(host) > 0),
      usable,
      weight,
    );
  }

  /**
   * The hash chooses the priority too where there is a choice, which gRPC never has. Where nobody is listed there is no ring
   * to look at, and whoever finds none draws nothing: a random hash is drawn with it (A76).
   */
  selector(key: Key): number {
    return this.connect !== undefined && this.ring === null ? 0 : this.hash.number(key);
  }

  pick(key: Key, attempt: number): Host | null {
    const { ring, connect } = this;
    const isRandom = connect !== undefined && key === NO_KEY;
    // A small ring may have points of hosts only that cannot be picked: gRPC fails such requests, those by a key at once.
    if (ring === null || (this.usableOnRing === 0 && !isRandom)) return null;
    this.hash.take(key);
    const first = this.nearest(ring);
    return isRandom ? this.readyFrom(first, connect) : this.hosts[this.ownerFrom(first, attempt)];
  }

  explain({ key, attempt }: PickMade): PickReason {
    const ring = this.ring as HashRing;
    const { halves } = this.hash;
    const first = this.nearest(ring);
    const way = ring.wayTo(this.ownerFrom(first, attempt), first, 'that cannot be picked or were tried');
    return ruled(`${hashWords(key, hex64(halves[0], halves[1]))} leads to ${way}`);
  }

  onStart(): void {}

  onEnd(): void {}

  /** The first point at the hash taken, or after it; the last one where such a hash goes there. */
  private nearest(ring: HashRing): number {
    const { halves } = this.hash;
    const { end } = this;
    if (end >= 0) {
      const high = ring.high[end] | 0;
      if (halves[0] > high || (halves[0] === high && halves[1] >>> 0 > ring.low[end])) return end;
    }
    return ring.successor(halves[0], halves[1]);
  }

  /** From this point on, the first host that may be picked, once `attempt` of those are passed over. */
  private ownerFrom(first: number, attempt: number): number {
    const ring = this.ring as HashRing;
    const { usable, tried } = this;
    let point = first;
    let left = attempt % this.usableOnRing;
    tried.forget();
    for (let i = 0; i < ring.size; i++) {
      const index = ring.owner[point];
      if (usable[index] === 1 && !tried.has(index)) {
        if (left === 0) return index;
        left--;
        tried.add(index);
      }
      point = ring.next(point);
    }
    return 0;
  }

  /**
   * From this point on, the first host that is ready, and the first idle one before it is connected to, unless one connects
   * already. Nobody is ready: that idle one, else whoever connects, to be waited for; null: neither is there.
   */
  private readyFrom(first: number, connect: (host: Host) => void): Host | null {
    const ring = this.ring as HashRing;
    const { hosts } = this;
    let connecting: Host | null = null;
    for (let i = 0; i < hosts.length && connecting === null; i++) {
      if (hosts[i].connection === Connectivity.connecting) connecting = hosts[i];
    }
    let awaited = connecting;
    let point = first;
    for (let i = 0; i < ring.size; i++) {
      const host = hosts[ring.owner[point]];
      if (host.connection === Connectivity.ready) {
        if (awaited !== null && awaited !== connecting) connect(awaited);
        return host;
      }
      if (host.connection === Connectivity.idle) awaited ??= host;
      point = ring.next(point);
    }
    return awaited;
  }

  private build(some: readonly Host[], usable: ReadonlySet<Host>, weight: (host: Host) => number): void {
    const hosts = this.rules.ordered(some);
    this.hosts = hosts;
    this.ring = hosts.length === 0 ? null : proportionalRing(hosts, sharesOf(hosts, weight), this.sizes);
    this.end = this.ring !== null && this.rules.endsAtLast ? lastAsSigned(this.ring) : -1;
    this.usable = Uint8Array.from(hosts, (host) => (usable.has(host) ? 1 : 0));
    this.tried = new TriedHosts(hosts.length);
    const onRing = new Set(this.ring?.owner);
    this.usableOnRing = hosts.filter((host, i) => usable.has(host) && onRing.has(i)).length;
  }
}

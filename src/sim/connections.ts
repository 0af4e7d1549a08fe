import type { Random } from '../core/random.ts';
import type { ConnectionListener, Connector, Disconnect } from '../health/connections/connector.ts';
import { UNCONNECTED } from './acceptor.ts';
import type { TrialConfig } from './config.ts';
import type { Engine } from './engine.ts';
import { latencySampler } from './network.ts';
import type { Server } from './server.ts';

/** The connections one caller has to servers, as far as he knows. */
export class CallerConnections {
  private readonly engine: Engine;
  private readonly serverById: ReadonlyMap<string, Server>;
  private readonly trial: TrialConfig;
  private readonly random: Random;
  /** By server. */
  private readonly lines: (Line | null)[] = [];
  /** By instance: each has a stream of its own, whoever else connects. */
  private readonly latencies = new Map<string, () => number>();

  constructor(trial: TrialConfig, engine: Engine, serverById: ReadonlyMap<string, Server>, random: Random) {
    this.trial = trial;
    this.engine = engine;
    this.serverById = serverById;
    this.random = random;
  }

  /** The generation of the connection that requests to this server go over now: see `Acceptor`. */
  generationOf(server: number): number {
    return this.lines[server]?.generation ?? UNCONNECTED;
  }

  /** Something has come back over that connection: it is no more. */
  lost(server: number, generation: number): void {
    const line = this.lines[server] ?? null;
    if (line?.generation === generation) line.lose();
  }

  /**
   * A connection stands after two round trips: that of TCP, and one until the server's settings, which gRPC awaits before it
   * is READY (grpc-go, http2_client.go, NewHTTP2Client), are there, and which a process that hangs does not send. Where
   * nobody listens, one says so. A host that cannot be reached says nothing.
   */
  readonly connect: Connector = (target, _timeoutMs, listener) => {
    const server = this.serverById.get(target.id);
    if (server === undefined) throw new Error(`connections: unknown instance ${target.id}`);
    const line = new Line(this.engine, server, this.latencyOf(target.id), listener, (stands) => {
      this.lines[server.index] = stands ? line : null;
    });
    return line.open();
  };

  private latencyOf(id: string): () => number {
    const known = this.latencies.get(id);
    if (known !== undefined) return known;
    const latency = latencySampler(this.trial, this.random.fork(id));
    this.latencies.set(id, latency);
    return latency;
  }
}

/** One connection, from the first packet to the last. */
class Line {
  generation = UNCONNECTED;
  private closed = false;
  private stands = false;
  private readonly engine: Engine;
  private readonly server: Server;
  private readonly latency: () => number;
  private readonly listener: ConnectionListener;
  private readonly onStands: (stands: boolean) => void;
  private readonly onEnd = (answered: (() => void) | null): void => {
    this.after(this.latency(), () => this.lose());
    // He answers, if only that he has closed it himself.
    if (answered !== null) this.engine.schedule(this.arrivesAtMs - this.engine.now() + this.latency(), answered, 0);
  };
  /** What is said last arrives no sooner than what was said before it. */
  private arrivesAtMs = 0;

  constructor(
    engine: Engine,
    server: Server,
    latency: () => number,
    listener: ConnectionListener,
    onStands: (stands: boolean) => void,
  ) {
    this.engine = engine;
    this.server = server;
    this.latency = latency;
    this.listener = listener;
    this.onStands = onStands;
  }

  open(): Disconnect {
    this.after(this.latency(), () => this.atKernel());
    return () => this.close();
  }

  /** The caller hears that the connection is no more. */
  lose(): void {
    if (this.closed) return;
    this.close();
    this.listener.onLost();
  }

  private get acceptor() {
    const { acceptor } = this.server;
    if (acceptor === null) throw new Error(`connections: ${this.server.config.id} takes none`);
    return acceptor;
  }

  private atKernel(): void {
    if (this.server.isDark) return;
    const legMs = this.latency();
    if (this.acceptor.accepts) this.after(legMs + this.latency(), () => this.atProcess());
    else this.after(legMs, () => this.fail());
  }

  private atProcess(): void {
    if (this.server.isDark) return;
    this.acceptor.take((taken) => {
      if (this.closed || this.server.isDark) return;
      if (!taken) {
        this.after(this.latency(), () => this.fail());
        return;
      }
      this.generation = this.acceptor.generation;
      this.acceptor.add(this.onEnd);
      this.after(this.latency(), () => this.succeed());
    });
  }

  private succeed(): void {
    this.stands = true;
    this.onStands(true);
    this.listener.onDone(true);
  }

  private fail(): void {
    this.closed = true;
    this.listener.onDone(false);
  }

  private close(): void {
    this.closed = true;
    if (this.generation !== UNCONNECTED) this.acceptor.remove(this.onEnd);
    if (this.stands) this.onStands(false);
    this.stands = false;
  }

  private after(delayMs: number, act: () => void): void {
    const now = this.engine.now();
    this.arrivesAtMs = Math.max(this.arrivesAtMs, now + delayMs);
    this.engine.schedule(this.arrivesAtMs - now, () => this.closed || act(), 0);
  }
}

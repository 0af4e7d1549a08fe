import { type Clock, NO_TIMER, type TimerId } from '../../core/clock.ts';
import { type ConnectionSettings, Connectivity } from '../../core/connectivity.ts';
import type { Instance } from '../../core/instance.ts';
import type { Random } from '../../core/random.ts';
import { ConnectionBackoff } from './connection_backoff.ts';
import type { Connector, Disconnect } from './connector.ts';

/** A state is reported: it need not be another one. `evidenceAtMs`: when what decided it began. */
export type OnState = (state: Connectivity, evidenceAtMs: number) => void;

export interface SubchannelPorts {
  readonly settings: ConnectionSettings;
  readonly clock: Clock;
  /** A stream of its own. */
  readonly random: Random;
  readonly connector: Connector;
}

/**
 * One host's connection, as policies over several hosts see it in gRPC: through a pick_first of its own (A61), whose
 * TRANSIENT_FAILURE is sticky (A62): once an attempt has failed it tries again by itself until one succeeds, and says so
 * each time one fails. A connection that is lost leaves it idle until somebody asks again, without any wait.
 *
 * A wait begins with the failure in grpc-go (clientconn.go, resetTransportAndUnlock), with the attempt in core and grpc-java
 * (subchannel.cc, StartConnectingLocked; InternalSubchannel.java, scheduleBackoff). Before a host is ready it is reported
 * connecting, which takes it out of TRANSIENT_FAILURE, since word of its health is awaited (pickfirst.go,
 * updateSubConnState).
 */
export class Subchannel {
  private current: Connectivity = Connectivity.idle;
  private readonly instance: Instance;
  private readonly ports: SubchannelPorts;
  private readonly onState: OnState;
  private readonly backoff: ConnectionBackoff;
  private disconnect: Disconnect | null = null;
  /** The deadline of the attempt under way, or the wait for the next. */
  private timer: TimerId = NO_TIMER;
  private startedAtMs = 0;
  private backoffMs = 0;

  constructor(instance: Instance, ports: SubchannelPorts, onState: OnState) {
    this.instance = instance;
    this.ports = ports;
    this.onState = onState;
    this.backoff = new ConnectionBackoff(ports.settings, ports.random);
  }

  get state(): Connectivity {
    return this.current;
  }

  /** Asks an idle one for a connection; does nothing where there is one, or one is being tried for. */
  connect(): void {
    if (this.current !== Connectivity.idle) return;
    this.attempt();
    this.report(Connectivity.connecting, this.startedAtMs);
  }

  /** Lets go of the connection, and of trying for one: idle again, of which nothing is told. */
  close(): void {
    this.ports.clock.cancel(this.timer);
    this.disconnect?.();
    this.disconnect = null;
    this.backoff.reset();
    this.current = Connectivity.idle;
  }

  private attempt(): void {
    const { clock, connector, settings } = this.ports;
    this.startedAtMs = clock.now();
    this.backoffMs = this.backoff.next();
    // Of waits netty knows nothing.
    const leastMs = settings.system === 'grpc-java' ? 0 : this.backoffMs;
    const timeoutMs = Math.max(settings.minConnectTimeoutMs, leastMs);
    this.timer = clock.schedule(timeoutMs, () => this.giveUp(), 0);
    this.disconnect = connector(this.instance, timeoutMs, {
      onDone: (connected) => (connected ? this.succeed() : this.fail()),
      onLost: () => this.lose(),
    });
  }

  private giveUp(): void {
    this.disconnect?.();
    this.fail();
  }

  private fail(): void {
    const { clock, settings } = this.ports;
    clock.cancel(this.timer);
    this.disconnect = null;
    const sinceMs = settings.system === 'grpc-go' ? 0 : clock.now() - this.startedAtMs;
    this.timer = clock.schedule(Math.max(0, this.backoffMs - sinceMs), () => this.attempt(), 0);
    this.report(Connectivity.transientFailure, this.startedAtMs);
  }

  private succeed(): void {
    this.ports.clock.cancel(this.timer);
    this.backoff.reset();
    if (this.current === Connectivity.transientFailure) this.report(Connectivity.connecting, this.startedAtMs);
    this.report(Connectivity.ready, this.startedAtMs);
  }

  private lose(): void {
    this.disconnect = null;
    this.report(Connectivity.idle, this.ports.clock.now());
  }

  private report(state: Connectivity, evidenceAtMs: number): void {
    this.current = state;
    this.onState(state, evidenceAtMs);
  }
}

import type { Clock } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { asInJava, GrpcPicker } from '../parts/grpc_picker.ts';
import { PerHost } from '../parts/per_host.ts';
import type { StrategyPorts } from '../strategy.ts';
import { Choices } from './least_in_flight.ts';

/** gRPC A48: values above 10 are to be read as 10. */
const MOST_CHOICES = 10;

/**
 * gRPC's least_request as it is proposed (A48) and in grpc-java: a host counts what it has in flight as long as it is on
 * the list. gRPC core has none.
 * Source: grpc-java, xds/LeastRequestLoadBalancer.java.
 */
export class JavaLeastRequest extends Choices {
  constructor(choiceCount: number, random: Random) {
    super(Math.min(choiceCount, MOST_CHOICES), random);
  }

  override rebuild(_members: readonly Host[], eligible: readonly Host[]): void {
    this.hosts = asInJava(this.hosts, eligible);
  }
}

/** Where a host's numbers are among its own. */
const FORGOTTEN = 0;
const SINCE = 1;
/** When its latest request was sent, and how many were then; how many of those forgotten were sent at the very time. */
const LATEST = 2;
const SENT = 3;
const AT_ONCE = 4;

/**
 * grpc-go's: it forgets the count of a host that is not READY, unless nobody is, and counts anew from 0 when it is back,
 * though what it was sent before may go on: as where outlier detection takes a host out, or a health check does. Each
 * picker has drawn where the round robin begins that it is made from.
 * Source: grpc-go, balancer/leastrequest/leastrequest.go, UpdateState.
 */
export class GoLeastRequest extends Choices {
  readonly prompt = 'from the start';
  private readonly clock: Pick<Clock, 'now'>;
  private readonly picker: GrpcPicker;
  /** By host: how many of those it has in flight are forgotten, and when that was. */
  private readonly forgotten = new PerHost(5);

  constructor(choiceCount: number, { random, clock }: Pick<StrategyPorts, 'random' | 'clock'>) {
    super(Math.min(choiceCount, MOST_CHOICES), random);
    this.clock = clock;
    this.picker = new GrpcPicker(random);
  }

  onNews(host: Host | null): void {
    this.picker.onNews(host);
  }

  override rebuild(members: readonly Host[], eligible: readonly Host[]): void {
    super.rebuild(members, eligible);
    this.picker.begins(members, eligible);
    if (eligible.length === 0) return;
    const ready = new Set(eligible);
    for (const host of members) if (!ready.has(host)) this.forget(host);
  }

  override onStart(host: Host): void {
    const at = this.forgotten.at(host);
    const { values } = this.forgotten;
    const now = this.clock.now();
    values[at + SENT] = values[at + LATEST] === now ? values[at + SENT] + 1 : 1;
    values[at + LATEST] = now;
  }

  override onEnd(host: Host, latencyMs: number): void {
    const at = this.forgotten.at(host);
    const { values } = this.forgotten;
    const sentAt = this.clock.now() - latencyMs;
    if (sentAt === values[at + LATEST]) values[at + SENT]--;
    if (values[at + FORGOTTEN] === 0) return;
    if (sentAt > values[at + SINCE] || (sentAt === values[at + SINCE] && values[at + AT_ONCE] === 0)) return;
    values[at + FORGOTTEN]--;
    if (sentAt === values[at + SINCE]) values[at + AT_ONCE]--;
  }

  protected override get counted(): string {
    return 'in flight since it was last not READY';
  }

  protected override countOf(host: Host): number {
    const at = this.forgotten.at(host);
    return host.inFlight - this.forgotten.values[at + FORGOTTEN];
  }

  private forget(host: Host): void {
    const at = this.forgotten.at(host);
    const { values } = this.forgotten;
    values[at + FORGOTTEN] = host.inFlight;
    const now = this.clock.now();
    values[at + AT_ONCE] = values[at + LATEST] === now ? Math.min(values[at + SENT], host.inFlight) : 0;
    values[at + SINCE] = now;
  }
}

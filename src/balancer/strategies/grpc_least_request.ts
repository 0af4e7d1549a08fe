import type { LoadReport } from '../../core/load_report.ts';
import type { Outcome } from '../../core/outcome.ts';
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

/** Where a host's numbers are among its own: how many of those in flight are forgotten, and `Host.forgotten` by then. */
const FORGOTTEN = 0;
const SINCE = 1;

/**
 * grpc-go's: it forgets the count of a host that is not READY, unless nobody is, and counts anew from 0 when it is back,
 * though what it was sent before may go on: as where outlier detection takes a host out, or a health check does. Each
 * picker has drawn where the round robin begins that it is made from.
 * Source: grpc-go, balancer/leastrequest/leastrequest.go, UpdateState.
 */
export class GoLeastRequest extends Choices {
  readonly prompt = 'from the start';
  private readonly picker: GrpcPicker;
  private readonly forgotten = new PerHost(2);
  /** Whom it counts for, by address, and the host of that address whose count goes on with theirs. */
  private counters: ReadonlyMap<string, Host> = new Map();
  private before: ReadonlyMap<Host, Host> = new Map();

  constructor(choiceCount: number, { random }: Pick<StrategyPorts, 'random'>) {
    super(Math.min(choiceCount, MOST_CHOICES), random);
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
    this.keep(eligible);
  }

  override onEnd(
    host: Host,
    _latencyMs?: number,
    _outcome?: Outcome,
    _report?: LoadReport | null,
    _reweighed?: number,
    forgotten = host.forgotten,
  ): void {
    const at = this.forgotten.at(host);
    const { values } = this.forgotten;
    if (forgotten < values[at + SINCE]) values[at + FORGOTTEN]--;
  }

  protected override get counted(): string {
    return 'in flight since it was last not READY';
  }

  protected override countOf(host: Host): number {
    const at = this.forgotten.at(host);
    const own = host.inFlight - this.forgotten.values[at + FORGOTTEN];
    const before = this.before.size === 0 ? undefined : this.before.get(host);
    // One of which nothing is in flight has given its slot back.
    return before === undefined || before.inFlight === 0 ? own : own + this.countOf(before);
  }

  /** Who left and is back before anybody was READY, so that it was never looked who counts, has the count it had. */
  private keep(ready: readonly Host[]): void {
    const before = new Map<Host, Host>();
    for (const host of ready) {
      const last = this.counters.get(host.instance.address);
      const earlier = last === host ? this.before.get(host) : last;
      if (earlier !== undefined && earlier.inFlight > 0) before.set(host, earlier);
    }
    this.before = before;
    this.counters = new Map(ready.map((host) => [host.instance.address, host]));
  }

  private forget(host: Host): void {
    const at = this.forgotten.at(host);
    const { values } = this.forgotten;
    values[at + FORGOTTEN] = host.inFlight;
    values[at + SINCE] = ++host.forgotten;
  }
}

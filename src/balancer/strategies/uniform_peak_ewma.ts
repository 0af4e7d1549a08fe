import type { Host } from '../host.ts';
import { FinagleOrder } from '../parts/finagle_order.ts';
import { NONE, type ReadyList } from '../parts/ready_list.ts';
import { type PickMade, type PickReason, ruled } from '../pick_reason.ts';
import type { WeightOf } from '../strategy.ts';
import { LOWER_OF_TWO, LowerPeakEwma, type PeakEwmaParts, type TwoDrawn } from './lower_peak_ewma.ts';

const NOBODY: readonly Host[] = [];

/** Each two hosts are as likely as any: the second is drawn from the others, as in Finagle's power of two choices and in Linkerd. */
export class UniformPeakEwma extends LowerPeakEwma {
  /** Those in the order of `ReadyList` came in some order before the first pick, too. */
  readonly prompt: boolean | 'from the start';
  private readonly ready: ReadyList | null;
  /** Those whose estimates start with the next look, where they have not yet. */
  private unseen: readonly Host[] = [];
  private readonly order = new FinagleOrder();
  /** Whether the latest pick was. */
  private wasChosenAhead = false;

  /** `ready`: draws are from those, as in Tower and Linkerd. null: from the eligible ones in Finagle's order. */
  constructor(parts: PeakEwmaParts, ready: ReadyList | null) {
    super(parts);
    this.ready = ready;
    this.prompt = ready === null ? false : 'from the start';
  }

  override rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    if (this.ready?.looksAtOnce === true) this.estimates.begin(members);
    if (this.ready === null) {
      super.rebuild(this.order.of(members), this.order.among(members, eligible), weightOf);
      return;
    }
    this.unseen = members;
    if (this.ready.looksAtOnce) this.knowAll();
    this.ready.rebuild(members, eligible);
    this.hosts = this.ready.hosts;
  }

  /**
   * Linkerd's pool makes the estimate of whoever joins at once; Tower's PeakEwmaDiscover as it hears of them, which is when
   * the next request has the balancer look (tower/src/load/peak_ewma.rs, poll_next; balance/p2c/service.rs, poll_ready).
   */
  private knowAll(): void {
    this.estimates.now[0] = this.clock.now();
    this.estimates.know(this.unseen);
    this.unseen = NOBODY;
  }

  override pick(): Host {
    const { ready } = this;
    if (ready === null) return super.pick();
    return ready.call(this.lookFor(ready));
  }

  onSent(): void {
    this.ready?.sent();
  }

  chooseAhead(): void {
    if (this.ready !== null) this.ready.chooseAhead(this.lookFor(this.ready));
  }

  nobody(): void {
    this.chooseAhead();
  }

  override explain(pick: PickMade): PickReason {
    const { ready } = this;
    if (this.wasChosenAhead)
      return ruled(`${LOWER_OF_TWO}; chosen once requests no longer failed fast, for whichever came next`);
    const reason = super.explain(pick);
    if (ready === null || reason.compared === null) return reason;
    const { places } = this.redraw(pick.drawn);
    if (places.every((place) => ready.isReady(this.hosts[place]))) return reason;
    return ruled(`${LOWER_OF_TWO}; the other is found not to be ready only once it is chosen`);
  }

  /** As poll_ready of the pool: the place chosen ahead, or one that is drawn, as soon as its host can be picked; NONE: nobody can. */
  private lookFor(ready: ReadyList): number {
    if (this.unseen.length > 0) this.knowAll();
    ready.begin();
    let place = ready.takeAhead();
    this.wasChosenAhead = place !== NONE && ready.check(place);
    if (this.wasChosenAhead) return place;
    while (ready.hosts.length > 0) {
      place = this.drawBest();
      if (ready.check(place)) return place;
    }
    return NONE;
  }

  drawBest(): number {
    const n = this.hosts.length;
    if (n === 1) return 0;
    // Distinct: b is drawn from the n - 1 others, with a's place left out.
    const i = this.random.int(n);
    const j = this.random.int(n - 1);
    return this.lower(i, j < i ? j : j + 1);
  }

  /** The one of the lower load, the first among equals. */
  protected lower(a: number, b: number): number {
    const preferred = this.preferred(a, b);
    if (preferred !== -1) return preferred;
    const { estimates, hosts } = this;
    estimates.now[0] = this.clock.now();
    const loadOfA = estimates.readLoad(hosts[a]);
    const loadOfB = estimates.readLoad(hosts[b]);
    const { loads } = estimates;
    return loads[loadOfA] <= loads[loadOfB] ? a : b;
  }

  protected redraw(drawn: readonly number[]): TwoDrawn {
    const [i = 0, j = 0] = drawn.slice(-2);
    return { places: this.placesOf(i, j), by: this.estimates.loadName, divisorOf: () => 1 };
  }

  protected placesOf(i: number, j: number): number[] {
    return [i, j < i ? j : j + 1];
  }
}

/** As Tower's sample_floyd2: the first is drawn from all but the last host, which takes its place if the second is the same. */
export class FloydPeakEwma extends UniformPeakEwma {
  override drawBest(): number {
    const n = this.hosts.length;
    if (n === 1) return 0;
    const i = this.random.int(n - 1);
    const j = this.random.int(n);
    return this.lower(i === j ? n - 1 : i, j);
  }

  protected override placesOf(i: number, j: number): number[] {
    return [i === j ? this.hosts.length - 1 : i, j];
  }
}

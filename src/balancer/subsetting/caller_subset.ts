import type { Host } from '../host.ts';
import type { Aperture, ApertureTable } from '../parts/aperture.ts';
import type { Weights } from '../weights.ts';
import type { Subsetting } from './subsetting.ts';

/** The part of the hosts that one caller uses, as its subsetting last chose it, and when that is to be asked anew. */
export class CallerSubset implements Aperture {
  /** It would choose otherwise by now: to be asked before the next pick. */
  hasMoved = false;
  size = 0;
  private readonly subsetting: Subsetting;
  private readonly weights: Weights;
  private readonly remade: () => void;
  /** Those it was chosen from. */
  private candidates: readonly Host[] = [];

  /** `remade`: told where it is another one at once, in the middle of a pick. */
  constructor(subsetting: Subsetting, weights: Weights, remade: () => void) {
    this.subsetting = subsetting;
    this.weights = weights;
    this.remade = remade;
  }

  get table(): ApertureTable | null {
    return this.subsetting.table ?? null;
  }

  /** Whether it goes by the load, as the one does that looks at health as well. */
  get followsLoad(): boolean {
    return this.subsetting.started !== undefined;
  }

  /** Which of these are used now, those of weight 0 never; what each of them counts for is with `weights`. */
  choose(hosts: readonly Host[]): Host[] {
    this.hasMoved = false;
    const candidates = this.subsetting.weightless === true ? hosts : hosts.filter(({ weight }) => weight > 0);
    this.candidates = candidates;
    const parts = this.subsetting.select(candidates);
    candidates.forEach((host, i) => {
      this.weights.setPart(host, parts[i]);
    });
    const used = candidates.filter((_, i) => parts[i] > 0);
    this.size = used.length;
    return this.subsetting.order?.(used) ?? used;
  }

  /** A host was picked. */
  picked(): void {
    if (this.subsetting.picked !== undefined) this.hasMoved = this.subsetting.picked();
  }

  started(nowMs: number): void {
    if (this.subsetting.started !== undefined) this.hasMoved = this.subsetting.started(nowMs);
  }

  ended(nowMs: number): void {
    if (this.subsetting.ended !== undefined) this.hasMoved = this.subsetting.ended(nowMs);
  }

  inVain(): void {
    if (this.subsetting.inVain === undefined) return;
    this.subsetting.inVain();
    this.remade();
  }

  /** No strategy was asked, so that none could tell: whether that is since others can serve, but nobody of the subset. Makes it anew then. */
  nobodyAsked(nowMs: number): boolean {
    if (this.candidates.length === 0) this.subsetting.nobody?.(nowMs);
    if (this.subsetting.inVain === undefined) return false;
    const able = this.candidates.filter((host) => host.healthy && host.weight > 0);
    if (able.length === 0 || able.some((host) => this.weights.partOf(host) > 0)) return false;
    this.inVain();
    return true;
  }
}

import { type AliasTable, tableOfCounts } from '../../core/alias.ts';
import type { Random } from '../../core/random.ts';

/** Finagle counts shares whose sum is this near to 1 as what they are, and others by their part of the sum. */
const NORMAL = 0.01;
/** What rounding alone leaves of a share, of an average one. */
const SLIVER = 1e-9;

/**
 * Finagle's discrete random variable, an alias table. A column that is all its own takes one number, another a second one.
 * Source: finagle-core util/Drv.scala.
 */
export class FinagleDraw {
  private readonly table: AliasTable;

  /** `weights`: some above 0. */
  constructor(weights: Float64Array) {
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const scale = sum > 1 - NORMAL && sum < 1 + NORMAL ? 1 : sum;
    this.table = tableOfCounts(weights.map((weight) => (weight / scale) * weights.length));
    // Of 32 bits none but 0 itself would be below it: what rounding lets in is not to be drawn for that.
    const { threshold } = this.table;
    for (const [column, own] of threshold.entries()) if (own < SLIVER) threshold[column] = 0;
  }

  draw(random: Random): number {
    const { threshold, alias } = this.table;
    const column = random.int(threshold.length);
    // 32 bits will do for Finagle's fraction; 53 are two numbers of the stream.
    const isOwn = threshold[column] === 1 || (random.int32() >>> 0) / 2 ** 32 < threshold[column];
    return isOwn ? column : alias[column];
  }
}

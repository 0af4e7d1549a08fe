import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { defineSubsetting, type Subsetting } from './subsetting.ts';

/**
 * Google's deterministic subsetting. The hosts are cut into as many subsets as hold `size` hosts each, and callers take
 * one in turn; when all are taken, a new round begins with the hosts shuffled anew, alike for all callers. Where `size`
 * does not divide the hosts, some subsets are larger, as the book has it, so that within a round each host is in
 * exactly one: of all callers, any two hosts are used by numbers that differ by one at most.
 *
 * All callers must see the same hosts in the same order. A host that joins or leaves reshuffles most subsets. Weights are
 * not looked at.
 */
export const deterministic = defineSubsetting({
  name: 'deterministic',
  doc: 'Shuffled hosts are dealt to the callers in rounds: each host serves as many callers as any other, but for one.',
  system: 'Google deterministic subsetting',
  source: 'Site Reliability Engineering (2016), chapter 20, "A Subset Selection Algorithm: Deterministic Subsetting"',
  options: {
    size: { type: 'integer', min: 1, doc: 'How many hosts the caller uses at least, where there are as many.' },
  },
  create: ({ options, common, caller }) => new Deterministic(options.size, caller, common),
});

class Deterministic implements Subsetting {
  private readonly size: number;
  private readonly caller: number;
  private readonly common: Random;

  constructor(size: number, caller: number, common: Random) {
    this.size = size;
    this.caller = caller;
    this.common = common;
  }

  select(hosts: readonly Host[]): number[] {
    const n = hosts.length;
    const subsets = Math.max(1, Math.floor(n / this.size));
    const round = Math.floor(this.caller / subsets);
    const subset = this.caller % subsets;
    const order = shuffled(n, this.common.fork(`round-${round}`));
    const factors = Array<number>(n).fill(0);
    const end = Math.floor(((subset + 1) * n) / subsets);
    for (let i = Math.floor((subset * n) / subsets); i < end; i++) factors[order[i]] = 1;
    return factors;
  }
}

/** The numbers below n in random order: Fisher and Yates, from the end. */
function shuffled(n: number, random: Random): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let left = n; left > 1; left--) {
    const drawn = random.int(left);
    const last = order[left - 1];
    order[left - 1] = order[drawn];
    order[drawn] = last;
  }
  return order;
}

import { inByteOrder } from '../../core/byte_order.ts';
import { mod } from '../../core/hash/hash_text.ts';
import { xxh64 } from '../../core/hash/xxh64.ts';

/** A Maglev table: who owns each slot. The hosts are numbered in the order of their hash keys. */
export interface MaglevTable {
  /** Per slot, the number of its host. */
  readonly owner: Uint8Array | Uint16Array | Uint32Array;
  /** Per number, the index the host was given with. */
  readonly order: Uint32Array;
}

/**
 * The table of Envoy's MAGLEV (maglev_lb.cc, constructMaglevTableInternal), after Eisenbud et al., Maglev: A Fast and
 * Reliable Software Network Load Balancer, NSDI 2016, section 3.4. `size` is prime, at most 5,000,011; `weights` are
 * above 0.
 *
 * In the order of their hash keys, hosts take turns at taking the next free slot of an order of their own: offset,
 * offset + skip, offset + 2 skip and so on, modulo the size, which passes every slot once since the size is prime. The
 * heaviest plays in every round, one of half its weight in every other, and all in the first.
 *
 * Hosts of equal keys are in the order they are given in; otherwise that order makes no difference. About
 * size x ln(size) steps, and a table that was made lately is not made again.
 */
export function maglevTable(keys: readonly string[], weights: Float64Array, size: number): MaglevTable {
  const order = inByteOrder(keys);
  const sortedKeys = Array.from(order, (i) => keys[i]);
  const sortedWeights = weights.map((_, i) => weights[order[i]]);
  return { owner: recentOwners(sortedKeys, sortedWeights, size), order };
}

interface Made {
  readonly keys: readonly string[];
  readonly weights: Float64Array;
  readonly owner: MaglevTable['owner'];
}

/** Callers and workers that see the same hosts have the same table: the last few, the latest first. */
const recent: Made[] = [];
const RECENT = 8;

function recentOwners(keys: readonly string[], weights: Float64Array, size: number): MaglevTable['owner'] {
  const found = recent.findIndex(
    (made) =>
      made.owner.length === size &&
      made.keys.length === keys.length &&
      made.keys.every((key, i) => key === keys[i] && made.weights[i] === weights[i]),
  );
  const made = found < 0 ? { keys, weights, owner: owners(keys, weights, size) } : recent.splice(found, 1)[0];
  recent.unshift(made);
  recent.length = Math.min(recent.length, RECENT);
  return made.owner;
}

/** Rounds for which those that play at all are listed at once: beside a heavy host most play in few. */
const STRETCH = 64;

function owners(keys: readonly string[], weights: Float64Array, size: number): MaglevTable['owner'] {
  const n = keys.length;
  const table: Filling = {
    owner: n <= 2 ** 8 ? new Uint8Array(size) : n <= 2 ** 16 ? new Uint16Array(size) : new Uint32Array(size),
    taken: new Uint8Array(size),
    ...permutations(keys, size),
  };
  if (weights.every((weight) => weight === weights[0])) fillInTurn(table);
  else fillByWeight(table, weights);
  return table.owner;
}

/** A table that is being filled. */
interface Filling {
  readonly owner: MaglevTable['owner'];
  /** Per slot, whether it is. */
  readonly taken: Uint8Array;
  /** Per host, where it looks next, and how far apart its slots are. */
  readonly slots: Uint32Array;
  readonly skips: Uint32Array;
}

/**
 * Hosts of one weight all play in every round, and there is nothing to work out: that takes half off the rounds of the
 * first table of a process.
 */
function fillInTurn({ owner, taken, slots, skips }: Filling): void {
  for (let left = owner.length; left > 0; ) {
    for (let i = 0; i < slots.length && left > 0; i++, left--) takeNext(owner, taken, slots, skips, i);
  }
}

function fillByWeight({ owner, taken, slots, skips }: Filling, weights: Float64Array): void {
  const n = weights.length;
  const size = owner.length;
  const heaviest = weights.reduce((most, weight) => Math.max(most, weight), 0);
  /** Per host, the turns of the heaviest it has used up, in weight; and the first round it may play in again. */
  const targets = new Float64Array(n);
  const rounds = new Float64Array(n).fill(1);
  const players = new Uint32Array(n);
  let playing = 0;
  let left = size;
  for (let round = 1; left > 0; round++) {
    if (round % STRETCH === 1) playing = playersBefore(round + STRETCH, rounds, players);
    for (let p = 0; p < playing && left > 0; p++) {
      const i = players[p];
      if (rounds[i] > round) continue;
      takeNext(owner, taken, slots, skips, i);
      left--;
      targets[i] += heaviest;
      // The heaviest plays in every round, so there are no more of them than slots.
      rounds[i] = targets[i] > size * weights[i] ? Infinity : nextRound(round, weights[i], targets[i]);
    }
  }
}

/** The host takes the next free slot of its order. A function of its own, and whole numbers, so that it is compiled early. */
function takeNext(
  owner: MaglevTable['owner'],
  taken: Uint8Array,
  slots: Uint32Array,
  skips: Uint32Array,
  i: number,
): void {
  const size = taken.length;
  const skip = skips[i];
  let slot = slots[i];
  while (taken[slot] === 1) slot = slot + skip < size ? slot + skip : slot + skip - size;
  taken[slot] = 1;
  owner[slot] = i;
  slots[i] = slot;
}

/** Lists the hosts that play before that round, in order; returns how many they are. */
function playersBefore(end: number, rounds: Float64Array, players: Uint32Array): number {
  let count = 0;
  for (let i = 0; i < rounds.length; i++) if (rounds[i] < end) players[count++] = i;
  return count;
}

/** The first round after this one in which the host's weight, once for each round, has come up to its target. */
function nextRound(round: number, weight: number, target: number): number {
  let next = Math.max(round + 1, Math.floor(target / weight) - 1);
  while (next * weight < target) next++;
  return next;
}

/** Where each host's order of the slots starts, and how far apart its slots are. */
function permutations(keys: readonly string[], size: number): { slots: Uint32Array; skips: Uint32Array } {
  const slots = new Uint32Array(keys.length);
  const skips = new Uint32Array(keys.length);
  const halves = new Uint32Array(2);
  keys.forEach((key, i) => {
    xxh64(key, halves);
    slots[i] = mod(halves[0], halves[1], size);
  });
  keys.forEach((key, i) => {
    xxh64(key, halves, 1);
    skips[i] = mod(halves[0], halves[1], size - 1) + 1;
  });
  return { slots, skips };
}

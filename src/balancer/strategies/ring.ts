import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { type PickMade, type PickReason, ruled } from '../pick_reason.ts';
import { defineStrategy, type Strategy } from '../strategy.ts';

/**
 * The textbook ring. Every member sits on it, in the registry's order, whether it is available or not; the turn goes
 * round by S(n+1) = (S(n) + 1) mod N, and the next available seat answers for one that is not.
 *
 * With `skip: advance` S moves to the seat that answered, so the available hosts keep even shares. With `skip: hold` S
 * moves by one whoever answers, so the seat after an unavailable one serves two turns in each round.
 *
 * The first turn is a random seat, so that the rings of several callers do not move in step. Seats that come and go
 * leave S at the host whose turn it was, or at the nearest one before it that is still there. Weights are ignored.
 * O(1) per pick however many seats are unavailable, O(N) per rebuild.
 */
export const ring = defineStrategy({
  name: 'ring',
  doc: 'All hosts on a fixed ring take turns; the next available seat answers for an unavailable one.',
  options: {
    skip: {
      type: 'choice',
      values: ['advance', 'hold'],
      default: 'advance',
      doc: 'Whether the turn moves along to the seat that answered for an unavailable one (even shares), or by one seat only (its neighbour serves twice).',
    },
  },
  variants: [
    {
      when: {},
      system: 'textbook round robin',
      source: 'S(n+1) = (S(n) + 1) mod N over all seats, skipping the unavailable',
      traits: { evenness: 'exact', weighted: 'none', affinity: 'none', feedback: 'none', cost: 'O(1)' },
    },
  ],
  create: ({ options, random }) => new Ring(options.skip === 'hold', random),
});

class Ring implements Strategy {
  private readonly hold: boolean;
  private readonly random: Random;
  private seats: readonly Host[] = [];
  /** Per seat, the seat that answers for it: itself, or the next available one. */
  private answering = new Int32Array(0);
  /** S: the seat whose turn it was last. */
  private turn = 0;

  constructor(hold: boolean, random: Random) {
    this.hold = hold;
    this.random = random;
  }

  rebuild(members: readonly Host[], eligible: readonly Host[]): void {
    this.turn = this.turnAmong(members);
    this.seats = members.slice();
    this.answering = answeringSeats(members, eligible);
  }

  pick(): Host {
    const turn = this.turn + 1 === this.seats.length ? 0 : this.turn + 1;
    const answering = this.answering[turn];
    this.turn = this.hold ? turn : answering;
    return this.seats[answering];
  }

  explain({ host }: PickMade): PickReason {
    const { seats, answering } = this;
    const at = seats.indexOf(host);
    const place = `the next available seat on the ring, ${at + 1} of ${seats.length}`;
    const absent: string[] = [];
    for (let back = 1; back < seats.length; back++) {
      const seat = (at - back + seats.length) % seats.length;
      if (answering[seat] !== at) break;
      absent.unshift(seats[seat].instance.id);
    }
    return ruled(absent.length === 0 ? place : `${place}; it answers for ${absent.join(', ')} too, not available`);
  }

  onStart(): void {}

  onEnd(): void {}

  /** The seat among `members` of the host whose turn it was, or of the nearest before it that stays. Nobody known: a random one. */
  private turnAmong(members: readonly Host[]): number {
    const n = this.seats.length;
    for (let back = 0; back < n; back++) {
      const seat = members.indexOf(this.seats[(this.turn - back + n) % n]);
      if (seat !== -1) return seat;
    }
    return members.length === 0 ? 0 : this.random.int(members.length);
  }
}

/** Walks the ring backwards, carrying the nearest available seat ahead. `eligible` is `members` less the unavailable. */
function answeringSeats(members: readonly Host[], eligible: readonly Host[]): Int32Array<ArrayBuffer> {
  const answering = new Int32Array(members.length);
  let ahead = members.indexOf(eligible[0]);
  let next = eligible.length - 1;
  for (let seat = members.length - 1; seat >= 0; seat--) {
    if (next >= 0 && members[seat] === eligible[next]) {
      ahead = seat;
      next--;
    }
    answering[seat] = ahead;
  }
  return answering;
}

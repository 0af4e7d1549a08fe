const WORDS = 624;
const SHIFT = 397;

/**
 * MT19937 (Matsumoto & Nishimura, ACM TOMACS 8(1), 1998), the numbers of C++'s std::mt19937: for orders that a system
 * derives from a seed of its own, not for chance. Seeding writes 624 words, some microseconds; after that a number is
 * cheap, for the state moves on one word at a time.
 */
export class MersenneTwister {
  private readonly state = new Uint32Array(WORDS);
  private at = 0;

  /** Starts anew from a seed of 32 bits. */
  seed(seed: number): void {
    const { state } = this;
    state[0] = seed;
    for (let i = 1; i < WORDS; i++) {
      const before = state[i - 1];
      state[i] = Math.imul(before ^ (before >>> 30), 1812433253) + i;
    }
    this.at = 0;
  }

  /** A whole number in [0, 2^32). */
  uint32(): number {
    const { state, at } = this;
    const next = at + 1 === WORDS ? 0 : at + 1;
    const far = at + SHIFT < WORDS ? at + SHIFT : at + SHIFT - WORDS;
    const joined = (state[at] & 0x80000000) | (state[next] & 0x7fffffff);
    let word = state[far] ^ (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0);
    state[at] = word;
    this.at = next;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }
}

/**
 * A running 64-bit fingerprint of a sequence of numbers: two 32-bit lanes mixed as MurmurHash3 mixes its body and
 * finished with its fmix32 (Appleby, public domain). Order matters. Not cryptographic; allocates nothing per number.
 */
export class Digest {
  private a = 0x9e3779b9 | 0;
  private b = 0x85ebca6b | 0;
  private readonly float = new Float64Array(1);
  private readonly words = new Int32Array(this.float.buffer);

  /** Adds a whole number, taken modulo 2^32. */
  int(value: number): void {
    let k = Math.imul(value | 0, 0xcc9e2d51);
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    this.a = (Math.imul(((this.a ^ k) << 13) | ((this.a ^ k) >>> 19), 5) + 0xe6546b64) | 0;
    this.b = (Math.imul(this.b ^ k, 0x85ebca6b) + this.a) | 0;
  }

  /** Adds a double, all 64 bits of it. */
  double(value: number): void {
    this.float[0] = value;
    this.int(this.words[0]);
    this.int(this.words[1]);
  }

  /** Sixteen hexadecimal digits. Reading changes nothing. */
  hex(): string {
    return [this.a, this.b ^ this.a].map((lane) => (fmix32(lane) >>> 0).toString(16).padStart(8, '0')).join('');
  }
}

/**
 * MurmurHash3's finalizer: every input bit changes every output bit with probability one half. Signed, because engines
 * make an object of every second unsigned one wherever the call is not inlined.
 */
export function fmix32(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

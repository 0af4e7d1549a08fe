// @types/seedrandom covers the package's root only; this declares the one generator we import by path.
declare module 'seedrandom/lib/alea.js' {
  /** The last three numbers, the oldest first, in units of 2^32, and the carry. */
  interface AleaState {
    s0: number;
    s1: number;
    s2: number;
    c: number;
  }
  interface AleaPrng {
    /** 53 random bits in [0, 1), from two draws. */
    double(): number;
    /** 32 random bits as a signed integer. */
    int32(): number;
    state(): AleaState;
  }
  const alea: (seed: string, options: { state: true }) => AleaPrng;
  export default alea;
}

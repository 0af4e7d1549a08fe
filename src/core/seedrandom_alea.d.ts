// @types/seedrandom covers the package's root only; this declares the one generator we import by path.
declare module 'seedrandom/lib/alea.js' {
  interface AleaPrng {
    /** The next 32 random bits as a double in [0, 1). */
    (): number;
    /** 53 random bits in [0, 1), from two draws. */
    double(): number;
    /** 32 random bits as a signed integer. */
    int32(): number;
  }
  const alea: (seed: string) => AleaPrng;
  export default alea;
}

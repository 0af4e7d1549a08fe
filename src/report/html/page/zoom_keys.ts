/** A stretch of the run, in ms. */
interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a key does to the stretch that is shown: as dragging does for who has no pointer. null: it is not for us. */
export function stretchAfter(key: string, { fromMs, toMs }: Stretch, durationMs: number): Stretch | null {
  const length = toMs - fromMs;
  const from = (ms: number, long: number): Stretch => {
    const start = Math.max(0, Math.min(ms, durationMs - long));
    return { fromMs: start, toMs: start + long };
  };
  switch (key) {
    case 'ArrowLeft':
      return from(fromMs - length / 8, length);
    case 'ArrowRight':
      return from(fromMs + length / 8, length);
    case '+':
    case '=':
      return from(fromMs + length / 4, Math.max(length / 2, 1));
    case '-':
      return from(fromMs - length / 2, Math.min(length * 2, durationMs));
    case '0':
      return { fromMs: 0, toMs: durationMs };
    default:
      return null;
  }
}

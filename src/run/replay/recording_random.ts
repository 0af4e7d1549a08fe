import type { Random } from '../../core/random.ts';

/** A stream that writes down what it gives, while it is told to. */
export interface RecordingRandom extends Random {
  /** What was drawn since `begin`, in order. Forks are not listened to. */
  readonly drawn: readonly number[];
  begin(): void;
}

/** The same numbers as `stream` gives. */
export function recordingRandom(stream: Random): RecordingRandom {
  const drawn: number[] = [];
  const noted = (value: number): number => {
    drawn.push(value);
    return value;
  };
  return {
    drawn,
    begin: () => {
      drawn.length = 0;
    },
    uint32: () => noted(stream.uint32()),
    int32: () => noted(stream.int32()),
    uint64: (halves) => {
      stream.uint64(halves);
      for (const half of halves) noted(half >>> 0);
    },
    unit: () => noted(stream.unit()),
    int: (n) => noted(stream.int(n)),
    exponential: (mean) => noted(stream.exponential(mean)),
    fork: (label) => stream.fork(label),
  };
}

export interface InOrder<T> {
  /** Hands in the item of an index. Settles when everything that could be consumed has been: waiting for it is the back pressure. */
  give(index: number, item: T): Promise<void>;
  /** Nothing more will come: consumes what still waits behind an item that is missing, in the order of the indexes. */
  rest(): Promise<void>;
}

/** Lets items that arrive in any order be consumed in the order of their indexes, each exactly once and one at a time. */
export function inOrder<T>(consume: (item: T, index: number) => Promise<void>): InOrder<T> {
  const waiting = new Map<number, T>();
  let next = 0;
  let tail: Promise<void> = Promise.resolve();
  const drain = async () => {
    for (let item = waiting.get(next); item !== undefined; item = waiting.get(next)) {
      waiting.delete(next);
      await consume(item, next++);
    }
  };
  const drainAll = async () => {
    while (waiting.size > 0) {
      next = Math.min(...waiting.keys());
      await drain();
    }
  };
  return {
    give(index, item) {
      waiting.set(index, item);
      tail = tail.then(drain);
      return tail;
    },
    rest() {
      tail = tail.then(drainAll);
      return tail;
    },
  };
}

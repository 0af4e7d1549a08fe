/**
 * Lets results that arrive in any order be consumed in the order of their indexes, each exactly once and one at a time.
 * The promise it returns settles when everything that could be consumed has been: waiting for it is the back pressure.
 */
export function inOrder<T>(
  consume: (item: T, index: number) => Promise<void>,
): (index: number, item: T) => Promise<void> {
  const waiting = new Map<number, T>();
  let next = 0;
  let tail: Promise<void> = Promise.resolve();
  const drain = async () => {
    for (let item = waiting.get(next); item !== undefined; item = waiting.get(next)) {
      waiting.delete(next);
      await consume(item, next++);
    }
  };
  return (index, item) => {
    waiting.set(index, item);
    tail = tail.then(drain);
    return tail;
  };
}

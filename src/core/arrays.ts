/** A copy of twice the length, the new half zero: how columns of parallel typed arrays grow. */
export function grown<A extends Float64Array | Int32Array | Uint8Array>(old: A): A {
  const Type = old.constructor as new (length: number) => A;
  const array = new Type(old.length * 2);
  array.set(old);
  return array;
}

/** What a request is about (a session, a customer, an object), interned to a small whole number; `NO_KEY` where it has none. */
export type Key = number;

export const NO_KEY: Key = -1;

/** What a request is about (a session, a customer, an object), interned to a small whole number; `NO_KEY` where it has none. */
export type Key = number;

export const NO_KEY: Key = -1;

/** The text a key stands for: what hash policies hash. */
export type KeyText = (key: Key) => string;

/** Where keys are just numbers: key 7 is `7`. */
export const numberedKeys: KeyText = (key) => String(key);

/** A broken promise inside meshtrial itself: never the fault of a scenario or a user. The command line answers it with exit code 1. */
export class InvariantError extends Error {
  override name = 'InvariantError';
}

/** States what must hold. `message` says what was expected and what was found; pass a function where building it costs. */
export function invariant(condition: boolean, message: string | (() => string)): asserts condition {
  if (!condition) throw new InvariantError(typeof message === 'string' ? message : message());
}

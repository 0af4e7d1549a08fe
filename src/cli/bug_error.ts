/** A bug of ours, with all that is known about where it showed. */
export class BugError extends Error {
  override name = 'BugError';
}

/** The command line asks for something that cannot be: the user's to mend. Its message is all there is to say. */
export class UsageError extends Error {
  override name = 'UsageError';
}

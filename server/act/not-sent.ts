/** The call did not leave: nothing can have arrived. `cause` has the system's code. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
}

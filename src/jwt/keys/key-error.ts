/** A key that is not to be used. The message says why, and holds nothing of the key itself. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
}

/** The database could not be opened. The message is one line, names the place and holds no password. */
export class DatabaseStartError extends Error {
  override readonly name = 'DatabaseStartError';

  constructor(message: string, cause?: unknown) {
    super(message.replace(/\s*\n\s*/g, ' '), { cause });
  }
}

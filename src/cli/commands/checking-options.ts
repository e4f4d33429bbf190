import { AuthError } from '../../principal/auth-error.js';
import { optionOf, UsageError } from './command.js';

interface RejectedValue {
  readonly path: string;
  readonly message: string;
}

/** Runs `work`; what a service rejects in the options becomes a {@link UsageError} that names them. */
export async function checkingOptions<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    const { details } = error.getResponse() as { details?: unknown };
    if (error.code === 'VALIDATION_FAILED')
      throw new UsageError(
        (details as RejectedValue[])
          .map(({ path, message }) => `${optionOf(path.split('.'))}: ${message}`)
          .join('\n'),
      );
    // The operator holds everything, so the scopes are those that no person holds.
    if (error.code === 'INSUFFICIENT_SCOPE')
      throw new UsageError(
        `--scopes: people do not hold ${(details as { missing: string[] }).missing.join(', ')}`,
      );
    throw error;
  }
}

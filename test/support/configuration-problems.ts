import { readConfiguration } from '../../src/server/configuration/read-configuration.js';
import { ConfigurationError } from '../../src/support/errors.js';

/** What is wrong with the variables of an environment; nothing if a configuration is read. */
export function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfiguration(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

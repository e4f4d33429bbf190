export const keyPrefixRule = 'is 1 to 16 of a-z and 0-9, begins with a letter and is not "tk"';

/** True for what API keys may begin with; tool keys begin with `tk`. */
export function isKeyPrefix(prefix: unknown): boolean {
  return typeof prefix === 'string' && /^[a-z][a-z0-9]{0,15}$/.test(prefix) && prefix !== 'tk';
}

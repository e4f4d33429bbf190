export const toolKeyHead = 'tk_';

/** True for what can only be a tool key. */
export function isToolKey(key: string): boolean {
  return key.startsWith(toolKeyHead);
}

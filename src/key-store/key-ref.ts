import type { KeyState } from './key-state.js';

/** Which key something is about, and whose it is. */
export interface KeyRef extends Pick<KeyState, 'id' | 'ownerId' | 'userId'> {
  readonly type: 'api_key' | 'tool_key';
}

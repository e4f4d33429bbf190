import type { Answer } from './gatehouse.js';
import type { ScopeSet } from './tool-key-model-scopes.js';

/** What the model expects of a request at this moment. */
export interface Expected {
  readonly status: number;
  /** What has to be in the answer. */
  readonly body?: object;
  /** What the scopes in the answer are to allow. */
  readonly scopes?: ScopeSet;
}

/** A request to the service, as the model sees it. */
export interface Move {
  /** In words, for who reads about a failure. */
  readonly text: string;
  send(): Promise<Answer | undefined>;
  /** `undefined` where the service is not asked for anything. */
  expected(): Expected | undefined;
  /** The service did as asked. */
  learn(answer: Answer): void;
}

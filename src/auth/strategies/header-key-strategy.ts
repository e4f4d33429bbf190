import { HeaderAPIKeyStrategy } from 'passport-headerapikey';
import { credentialHeader, type StrategyRequest } from './strategy-request.js';

type Done = (error: Error | null, verified?: object) => void;

/** passport-headerapikey with `done` last, where @nestjs/passport looks for it, so that a verifier sees the request. */
export class HeaderKeyStrategy extends HeaderAPIKeyStrategy {
  constructor(verify: (key: string, request: StrategyRequest, done: Done) => void) {
    super({ header: credentialHeader, prefix: '' }, true, (key, done, request) =>
      verify(key, request as unknown as StrategyRequest, done),
    );
  }
}

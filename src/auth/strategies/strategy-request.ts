import type { RequestOrigin } from '../../principal/request-origin.js';

/** Where every strategy finds its credential, whichever header it came in. */
export const credentialHeader = 'credential';

/** What a strategy sees of a request: the one credential it is to judge, and where the request came from. */
export interface StrategyRequest {
  readonly headers: { readonly [credentialHeader]: string };
  readonly origin: RequestOrigin;
}

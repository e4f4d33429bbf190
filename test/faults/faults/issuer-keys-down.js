import { endureIssuer } from '../harness/endure-issuer.js';

export const name = 'JWKS endpoint down';

/** Nothing listens there, from before the start of the server. */
export const run = () => endureIssuer({ name, mode: 'down' });

import { endureIssuer } from '../harness/endure-issuer.js';

export const name = 'JWKS endpoint garbage';

/** It answers with status 200, and something that is no JSON. */
export const run = () => endureIssuer({ name, mode: 'garbage' });

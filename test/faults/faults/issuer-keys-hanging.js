import { endureIssuer } from '../harness/endure-issuer.js';

export const name = 'JWKS endpoint hanging';

/** It begins an answer and never ends it. */
export const run = () => endureIssuer({ name, mode: 'hanging', holdMs: 9_000 });

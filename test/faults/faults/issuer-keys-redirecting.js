import { endureIssuer } from '../harness/endure-issuer.js';

export const name = 'JWKS endpoint redirecting';

/** It points to where good keys are; an attacker who controls the redirect could point anywhere. */
export const run = () => endureIssuer({ name, mode: 'redirecting' });

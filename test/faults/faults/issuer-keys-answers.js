import { endureIssuer } from '../harness/endure-issuer.js';

const fault = (name, options) => ({ name, run: () => endureIssuer({ name, ...options }) });

/** Nothing listens at the JWKS endpoint, from before the start of the server. */
export const issuerKeysDown = fault('JWKS endpoint down', { mode: 'down' });

/** It answers with status 200, and something that is no JSON. */
export const issuerKeysGarbage = fault('JWKS endpoint garbage', { mode: 'garbage' });

/** It begins an answer and never ends it. */
export const issuerKeysHanging = fault('JWKS endpoint hanging', { mode: 'hanging', holdMs: 9_000 });

/** It points to where valid keys are; an attacker who controls the redirect could point anywhere. */
export const issuerKeysRedirecting = fault('JWKS endpoint redirecting', { mode: 'redirecting' });

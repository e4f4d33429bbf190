import { isJwtAlgorithm } from './keys/verification-key.js';
import type { TrustedIssuer } from './trusted-issuer.js';

/** RFC 7518 §3.1 and later registrations. Only these names are repeated: a header may hold any text. */
const registered = /^(?:none|(?:HS|RS|PS|ES)(?:256|384|512)|ES256K|EdDSA|Ed25519|Ed448)$/;

/** The variable for the other kind of key, where there is one. */
const variableFor: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  SUPABASE_JWT_PUBLIC_KEY: { RS256: 'SUPABASE_JWT_RSA_PUBLIC_KEY' },
  SUPABASE_JWT_RSA_PUBLIC_KEY: { ES256: 'SUPABASE_JWT_PUBLIC_KEY' },
};

/** For the log: which algorithm a token of `issuer` names, which one its keys are for, and what to set. */
export function explainAlgorithm({ issuer, keys, setBy }: TrustedIssuer, named: string): string {
  const algorithm = registered.test(named) ? named : 'an unknown algorithm';
  const signed = `A token of ${issuer} is signed with ${algorithm}`;
  if (!isJwtAlgorithm(named)) {
    return `${signed}, which is never accepted; let the issuer sign with ES256, RS256 or EdDSA.`;
  }
  const other = variableFor[setBy]?.[algorithm];
  const remedy = other === undefined ? `give it a key for ${algorithm}` : `set ${other} instead`;
  return `${signed} but the key in ${keys.origin} is for ${keys.algorithms.join(', ')}; ${remedy}.`;
}

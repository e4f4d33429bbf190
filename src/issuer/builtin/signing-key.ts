import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { thumbprintOf } from './thumbprint-of.js';

/** One ES256 key pair of the built-in issuer. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  /** The public part, ready to be published. */
  readonly jwk: { readonly [member: string]: string } & { readonly kid: string };
}

/** The key pair in a PEM; `undefined` for anything but an EC P-256 private key. */
export function signingKeyOf(pem: string): SigningKey | undefined {
  const privateKey = parse(pem);
  if (privateKey === undefined) return undefined;
  const { kty, crv, x, y } = createPublicKey(privateKey).export({ format: 'jwk' });
  if (kty !== 'EC' || crv !== 'P-256' || x === undefined || y === undefined) return undefined;
  return {
    privateKey,
    jwk: { kty, crv, x, y, kid: thumbprintOf({ crv, kty, x, y }), alg: 'ES256', use: 'sig' },
  };
}

/** The PEM (PKCS #8) of a new key pair. */
export function newSigningKeyPem(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}

function parse(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

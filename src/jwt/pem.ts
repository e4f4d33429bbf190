import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { KeyError } from './verification-key.js';

const block = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g;
const privateLabels = ['PRIVATE KEY', 'EC PRIVATE KEY', 'RSA PRIVATE KEY'];
const publicLabels = ['PUBLIC KEY', 'RSA PUBLIC KEY'];
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

export interface ReadPem {
  readonly jwk: JsonWebKey;
  readonly hadPrivatePart: boolean;
}

/**
 * Reads the public key of a text with one PEM block (RFC 7468); line breaks may be missing or written as `\n`.
 * Returns a JWK, so that every key passes the same checks. Throws {@link KeyError}.
 */
export function readPem(text: string): ReadPem {
  const blocks = [...text.replaceAll(/\\[rn]/g, '\n').matchAll(block)];
  if (blocks.length !== 1)
    throw new KeyError(`holds ${blocks.length} complete PEM blocks; give one, or a JWKS`);
  const [, label = '', content = ''] = blocks[0] ?? [];
  const hadPrivatePart = privateLabels.includes(label);
  if (!hadPrivatePart && !publicLabels.includes(label)) {
    throw new KeyError('is a PEM of something other than a plain key; give a PUBLIC KEY block');
  }
  const body = content.replaceAll(/\s/g, '');
  if (!base64.test(body)) throw new KeyError('is a PEM whose content is not plain base64');
  return { jwk: toJwk(`-----BEGIN ${label}-----\n${wrap(body)}\n-----END ${label}-----\n`), hadPrivatePart };
}

/** Reads a base64 DER SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) as a JWK. Throws {@link KeyError}. */
export function readDer(text: string): JsonWebKey {
  const body = text.replaceAll(/\s/g, '');
  if (!base64.test(body)) throw new KeyError('is neither JWK, JWKS, PEM nor base64 DER');
  return toJwk({ key: Buffer.from(body, 'base64'), format: 'der', type: 'spki' });
}

function toJwk(source: Parameters<typeof createPublicKey>[0]): JsonWebKey {
  try {
    return createPublicKey(source).export({ format: 'jwk' });
  } catch {
    // Not chained: the messages of OpenSSL and Node do not help, and the source must stay out of logs.
    throw new KeyError('is not a public key of EC P-256, RSA or Ed25519 (a shared secret is never accepted)');
  }
}

function wrap(body: string): string {
  return body.replaceAll(/.{64}(?=.)/g, '$&\n');
}

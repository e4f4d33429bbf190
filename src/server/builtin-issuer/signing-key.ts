import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '../configuration/configuration-error.js';
import { putPrivateFile } from '../put-private-file.js';
import { thumbprintOf } from './thumbprint-of.js';

/** The built-in issuer's ES256 key pair. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  /** The public part, ready to be published. */
  readonly jwk: { readonly [member: string]: string };
}

/** Reads the key pair from `<dataDir>/signing-key.pem`; makes it first, with mode 0600, where there is none. */
export function loadSigningKey(dataDir: string): SigningKey {
  const file = join(dataDir, 'signing-key.pem');
  const pem = readIfThere(file) ?? create(file);
  chmodSync(file, 0o600);
  const privateKey = parse(pem);
  const { kty, crv, x, y } =
    privateKey === undefined ? {} : createPublicKey(privateKey).export({ format: 'jwk' });
  if (privateKey === undefined || kty !== 'EC' || crv !== 'P-256' || x === undefined || y === undefined) {
    throw new ConfigurationError([`DATA_DIR: ${file} is not the PEM of an EC P-256 private key`]);
  }
  return {
    privateKey,
    jwk: { kty, crv, x, y, kid: thumbprintOf({ crv, kty, x, y }), alg: 'ES256', use: 'sig' },
  };
}

function parse(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    // The message of this one does not name the file.
    if (code === 'EISDIR') throw new ConfigurationError([`DATA_DIR: ${file} is a folder`]);
    throw error;
  }
}

/** Of several processes that make the file at once, the first wins and all read the same key. */
function create(file: string): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  putPrivateFile(file, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), 'keep');
  return readFileSync(file, 'utf8');
}

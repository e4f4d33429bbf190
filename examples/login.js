import { generateKeyPairSync } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { v5 } from 'uuid';

export const issuer = 'https://login.example.com/';
export const audience = 'notes';

/** Stands for your identity provider (Supabase, Auth0, Keycloak, …): a key pair, and tokens for people. */
export class Login {
  #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  /** What the application checks tokens with. */
  get publicKey() {
    return this.#keys.publicKey.export({ type: 'spki', format: 'pem' });
  }

  /**
   * A user who just logged in, with a token for `expiresIn`; the same email is the same person each time.
   * @param {string} email
   * @param {import('jsonwebtoken').SignOptions['expiresIn']} [expiresIn]
   */
  person(email, expiresIn = '1m') {
    const id = v5(email, v5.URL);
    const options = { algorithm: 'ES256', subject: id, issuer, audience, expiresIn };
    return { id, email, token: jwt.sign({ email }, this.#keys.privateKey, options) };
  }
}

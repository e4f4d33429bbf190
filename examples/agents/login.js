import { generateKeyPairSync, randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';

export const issuer = 'https://login.example.com/';
export const audience = 'notes';

/** Stands for your identity provider (Supabase, Auth0, Keycloak, …): a key pair, and tokens for people. */
export class Login {
  #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  /** What the application checks tokens with. */
  get publicKey() {
    return this.#keys.publicKey.export({ type: 'spki', format: 'pem' });
  }

  /** Somebody who just logged in. */
  person(email) {
    const id = randomUUID();
    const options = { algorithm: 'ES256', subject: id, issuer, audience, expiresIn: '1m' };
    return { id, email, token: jwt.sign({ email }, this.#keys.privateKey, options) };
  }
}

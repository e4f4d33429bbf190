import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { freePort } from './free-port.js';

const issuer = 'https://issuer.example';
const audience = 'gatehouse-faults';
const mebibyte = Buffer.alloc(1_048_576, ' ');

/** An issuer of tokens whose JWKS endpoint can be as bad as it likes: `good`, `down`, `hanging`, `garbage`, `huge`, `redirecting`. */
export class IssuerServer {
  #mode = 'down';
  #server = createServer((request, response) => this.#answer(request, response));
  #keys = [];
  /** Requests for the keys. */
  fetches = 0;
  bytesSent = 0;

  static async make(mode) {
    const server = new IssuerServer();
    server.port = await freePort();
    server.current = server.addKey();
    await server.set(mode);
    return server;
  }

  /** The configuration with which Gatehouse trusts this issuer. */
  get env() {
    return { JWT_ISSUER: issuer, JWT_AUDIENCE: audience, JWT_JWKS_URL: `http://127.0.0.1:${this.port}/keys` };
  }

  async set(mode) {
    const wasDown = this.#mode === 'down';
    this.#mode = mode;
    if (mode === 'down' && !wasDown) {
      this.#server.close();
      this.#server.closeAllConnections();
    }
    if (mode !== 'down' && wasDown) {
      this.#server.listen(this.port, '127.0.0.1');
      await once(this.#server, 'listening');
    }
  }

  addKey() {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const kid = randomUUID();
    const key = {
      kid,
      privateKey,
      jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' },
    };
    this.#keys.push(key);
    return key;
  }

  withdraw(key) {
    this.#keys = this.#keys.filter((one) => one !== key);
  }

  /** A good token, as long as the key is. */
  tokenFor(subject, { kid, privateKey } = this.current) {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: issuer,
      aud: audience,
      sub: subject,
      iat: now,
      exp: now + 3_600,
      jti: randomUUID(),
    };
    const signed = [{ alg: 'ES256', kid }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  }

  /** One whose key is not published. */
  forgedToken(subject) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return this.tokenFor(subject, { kid: randomUUID(), privateKey });
  }

  #answer({ url }, response) {
    this.fetches += 1;
    if (url === '/moved' || this.#mode === 'good')
      return response.end(JSON.stringify({ keys: this.#keys.map(({ jwk }) => jwk) }));
    if (this.#mode === 'garbage') return response.end('<html>{"keys":[');
    if (this.#mode === 'redirecting') return response.writeHead(302, { location: '/moved' }).end();
    if (this.#mode === 'huge') return this.#flood(response);
    // Hanging: half a head of the answer, and nothing more.
    return response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
  }

  /** 100 MiB that would be keys in the end. */
  async #flood(response) {
    response.write('{"keys":[');
    for (let sent = 0; sent < 100 && !response.destroyed; sent += 1) {
      this.bytesSent += mebibyte.length;
      if (!response.write(mebibyte)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    }
    response.end(']}');
  }
}

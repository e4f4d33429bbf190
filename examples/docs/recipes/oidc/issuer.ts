import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Publishes its keys, and signs whatever it is asked to. */
export class Issuer {
  private readonly keys = new Map<string, KeyObject>();
  private jwks: object[] = [];
  isDown = false;

  private readonly server = createServer((_request, response) => {
    if (this.isDown) response.destroy();
    else response.end(JSON.stringify({ keys: this.jwks }));
  });

  static async start(): Promise<Issuer> {
    const issuer = new Issuer();
    issuer.publish('first');
    await once(issuer.server.listen(0, '127.0.0.1'), 'listening');
    return issuer;
  }

  get jwksUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/jwks.json`;
  }

  publish(kid: string): void {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.keys.set(kid, privateKey);
    this.jwks = [...this.jwks, { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' }];
  }

  tokenOf(claims: object, kid = 'first'): string {
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const exp = Math.floor(Date.now() / 1000) + 600;
    const signed = `${encode({ alg: 'RS256', kid })}.${encode({ exp, ...claims })}`;
    const signature = sign('sha256', Buffer.from(signed), this.keys.get(kid) as KeyObject);
    return `${signed}.${signature.toString('base64url')}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

import { Injectable } from '@nestjs/common';
import { type CredentialHolder, CustomCredential } from 'nestjs-gatehouse/seams';
import { Sessions } from './sessions.js';

@Injectable()
export class SessionCookie extends CustomCredential {
  override readonly name = 'session';
  override readonly place = { cookie: 'sid' };

  constructor(private readonly sessions: Sessions) {
    super();
  }

  override async verify(credential: string): Promise<CredentialHolder | undefined> {
    const session = await this.sessions.find(credential);
    if (session === undefined) return undefined;
    return { person: { issuer: 'https://notes.example.com', subject: session.login, email: session.email } };
  }
}

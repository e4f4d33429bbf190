import { randomBytes } from 'node:crypto';
import { Global, Module } from '@nestjs/common';

interface Session {
  readonly login: string;
  readonly email: string;
}

/** Stands for your session store. */
export class Sessions {
  private readonly all = new Map<string, Session>();

  begin(session: Session): string {
    const id = randomBytes(32).toString('base64url');
    this.all.set(id, session);
    return id;
  }

  end(id: string): void {
    this.all.delete(id);
  }

  async find(id: string): Promise<Session | undefined> {
    return this.all.get(id);
  }
}

@Global()
@Module({ providers: [Sessions], exports: [Sessions] })
export class SessionsModule {}

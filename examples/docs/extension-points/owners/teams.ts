import { Global, Module } from '@nestjs/common';

/** Stands for your table of memberships. */
export class Teams {
  private readonly roles = new Map<string, 'member' | 'guest'>();

  join(userId: string, ownerId: string, role: 'member' | 'guest'): void {
    this.roles.set(`${userId} ${ownerId}`, role);
  }

  leave(userId: string, ownerId: string): void {
    this.roles.delete(`${userId} ${ownerId}`);
  }

  async roleOf(userId: string, ownerId: string): Promise<'member' | 'guest' | undefined> {
    return this.roles.get(`${userId} ${ownerId}`);
  }
}

@Global()
@Module({ providers: [Teams], exports: [Teams] })
export class TeamsModule {}

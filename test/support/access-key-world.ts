import type { ModuleMetadata } from '@nestjs/common';
import {
  customOwnerResolver,
  type Membership as Answer,
  type Person,
} from '../../src/auth/owners/owner-resolver.js';
import { type Gatehouse, startGatehouse } from './gatehouse.js';
import { TestClock } from './test-clock.js';

/** Who is a member of what: `<user id> of <owner id>`. */
export type Members = Map<string, Omit<Answer, 'ownerId'>>;

/** A service, on PostgreSQL with a second replica, of an application that has memberships. */
export interface Services {
  readonly replicas: readonly Gatehouse[];
  readonly members: Members;
  close(): Promise<void>;
}

export async function startServices(controllers: ModuleMetadata['controllers']): Promise<Services> {
  const members: Members = new Map();
  const clock = new TestClock();
  const resolve = ({ userId, ownerId }: Person, wanted = ownerId): Answer | undefined => {
    if (wanted === ownerId) return { ownerId };
    const membership = members.get(`${userId} of ${wanted}`);
    return membership && { ...membership, ownerId: wanted };
  };
  const resolver = { provide: customOwnerResolver, useValue: { resolve } };
  const imports = [
    { module: class MembersModule {}, global: true, providers: [resolver], exports: [resolver] },
  ];
  const extras = { controllers, imports, clock };
  const first = await startGatehouse({ replicaName: 'first' }, extras);
  const { dataDir, databaseUrl } = first.configuration;
  const second = databaseUrl.startsWith('postgres')
    ? await startGatehouse({ dataDir, databaseUrl, replicaName: 'second' }, extras)
    : undefined;
  return {
    replicas: second === undefined ? [first] : [first, second],
    members,
    close: async () => {
      await second?.close();
      await first.close();
    },
  };
}

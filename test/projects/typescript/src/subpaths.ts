import { AuthModule } from 'nestjs-gatehouse';
import { createGatehouseClient, dataOf } from 'nestjs-gatehouse/client';
import { type DatabaseOptions, gatehouseEntities } from 'nestjs-gatehouse/database';
import { ApiKeyStore, type AuthModuleOptions } from 'nestjs-gatehouse/seams';
import { asApiKey, AuthTestingModule, FixedClock } from 'nestjs-gatehouse/testing';

export const client = createGatehouseClient({
  baseUrl: 'https://notes.example.com',
  credential: { token: async () => 'a.b.c' },
});
export const me = async (): Promise<string> => (await dataOf(client.GET('/api/v1/auth/me'))).ownerId;
export const testing = AuthTestingModule.forRoot({ clock: new FixedClock('2030-01-01T00:00:00Z') });
export const headers: Record<string, string> = asApiKey({ scopes: ['files:read'] });
export const database: DatabaseOptions = { url: 'sqlite:notes.db', entities: gatehouseEntities };
export const auth = (options: AuthModuleOptions) => AuthModule.forRoot(options);
export abstract class Store extends ApiKeyStore {}

// What is not found has the type any, which takes everything.
// @ts-expect-error
client.GET('/api/v1/nothing');
// @ts-expect-error
AuthTestingModule.forRoot({ nothing: true });
// @ts-expect-error
AuthModule.forRoot({ nothing: true });

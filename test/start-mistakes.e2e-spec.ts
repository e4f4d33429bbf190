import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication, Module, type Type, UseGuards } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Entity, PrimaryColumn } from 'typeorm';
import { ApiKeysModule } from '../src/api-keys/api-keys.module.js';
import { AuditEvent } from '../src/audit/audit-event.entity.js';
import { AuditModule } from '../src/audit/audit.module.js';
import { AuthModule } from '../src/auth/auth.module.js';
import type { AuthModuleOptions } from '../src/auth/auth.options.js';
import { Authenticated, UserOnly } from '../src/auth/guards.js';
import { DatabaseModule } from '../src/database/database.module.js';
import { gatehouseEntities } from '../src/entities.js';
import { Owner } from '../src/identity/owner.entity.js';
import { User } from '../src/identity/user.entity.js';
import { ApiKey } from '../src/key-store/api-key.entity.js';
import { MemoryApiKeyStore } from '../src/key-store/memory-api-key.store.js';
import { Task, ToolKey } from '../src/key-store/tool-key.entity.js';
import { ToolKeysModule } from '../src/tool-keys/tool-keys.module.js';
import { KeyUsageCount } from '../src/usage/key-count.store.js';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database.js';

type Imports = NonNullable<Parameters<typeof Module>[0]['imports']>;

@Controller('notes')
class NotesController {
  @Get()
  @UseGuards(UserOnly)
  list() {
    return [];
  }
}

@Module({ controllers: [NotesController] })
class NotesModule {}

let scratch: ScratchDatabase;

beforeAll(async () => {
  scratch = await createScratchDatabase();
});
afterAll(() => scratch.drop());

const database = (entities: readonly Type[] = gatehouseEntities) =>
  DatabaseModule.forRoot({ url: scratch.url, entities, changeFeed: false });

async function make(imports: Imports): Promise<INestApplication> {
  @Module({ imports })
  class RootModule {}
  return NestFactory.create(RootModule, new FastifyAdapter(), { logger: false, abortOnError: false });
}

/** Why the application does not start. */
async function rejection(imports: Imports): Promise<string> {
  let app: INestApplication | undefined;
  try {
    app = await make(imports);
    await app.init();
  } catch (error) {
    return (error as Error).message;
  } finally {
    await app?.close();
  }
  return 'it starts';
}

it('an application in order starts', async () => {
  expect(await rejection([database(), AuthModule.forRoot({}), ApiKeysModule, NotesModule])).toBe('it starts');
});

it('an issuer whose opaque tokens look like keys stops the start', async () => {
  const issuers = [{ issuer: 'app', verify: () => undefined, opaquePrefix: 'acme_' }];
  const imports = [database(), AuthModule.forRoot({ issuers, keyPrefix: 'acme' })];
  expect(await rejection(imports)).toContain('opaquePrefix "acme_" cannot be told from "acme_live_"');
});

describe('a guard without AuthModule', () => {
  const expected =
    'is used, but AuthModule is not imported: add AuthModule.forRoot({ … }) to the imports of the root module.';

  it('on a route stops the start', async () => {
    expect(await rejection([NotesModule])).toBe(`UserOnly ${expected}`);
  });

  it('for all routes stops the start', async () => {
    @Module({ providers: [{ provide: APP_GUARD, useClass: Authenticated }] })
    class GuardedModule {}
    expect(await rejection([GuardedModule])).toBe(`Authenticated ${expected}`);
  });

  it('that extends ours stops the start', async () => {
    class Extended extends Authenticated {}
    @Controller('x')
    @UseGuards(Extended)
    class XController {
      @Get()
      list() {
        return [];
      }
    }
    @Module({ controllers: [XController] })
    class XModule {}
    expect(await rejection([XModule])).toBe(`Extended ${expected}`);
  });

  it('admits no request, even if it was never started', () => {
    const context = {
      getClass: () => NotesController,
      getHandler: () => NotesController.prototype.list,
      getType: () => 'http',
      getArgByIndex: () => ({ headers: {} }),
    };
    expect(() => new UserOnly().canActivate(context as never)).toThrow(`UserOnly ${expected}`);
  });
});

it('ToolKeysModule is not imported with options and once more without', async () => {
  @Module({ imports: [ToolKeysModule] })
  class OtherModule {}
  const modules = [
    database(),
    AuthModule.forRoot({}),
    ToolKeysModule.forRoot({ maxPerTask: 5 }),
    OtherModule,
  ];
  expect(await rejection(modules)).toMatch(
    /^ToolKeysModule is imported 2 times \(by RootModule and OtherModule\): import ToolKeysModule\.forRoot/,
  );
});

describe('AuthModule', () => {
  it('is not imported twice', async () => {
    @Module({ imports: [AuthModule.forRoot({ keyPrefix: 'acme' })] })
    class OtherModule {}
    const message = await rejection([database(), AuthModule.forRoot({}), OtherModule]);
    expect(message).toBe(
      'AuthModule is imported 2 times (by RootModule and OtherModule): import AuthModule.forRoot({ … }) once, in the root module. It is global.',
    );
  });

  it('is not imported once more without options', async () => {
    @Module({ imports: [AuthModule] })
    class OtherModule {}
    expect(await rejection([database(), AuthModule.forRoot({}), OtherModule])).toMatch(
      /AuthModule is imported (2 times \(by RootModule and OtherModule\)|without options): import AuthModule\.forRoot/,
    );
  });

  it('is not imported without options', async () => {
    expect(await rejection([database(), AuthModule])).toMatch(
      /AuthModule is imported without options: import AuthModule\.forRoot/,
    );
  });

  it('is one where several modules import the same', async () => {
    const auth = AuthModule.forRoot({});
    @Module({ imports: [auth] })
    class OtherModule {}
    expect(await rejection([database(), auth, OtherModule])).toBe('it starts');
  });
});

describe('invalid options stop the start', () => {
  const bad = { keyPrefix: 'NOT GOOD', apiKeyHeaders: ['X-Tool-Key'], failuresPerMinute: -1 };

  it.each([
    ['forRoot', AuthModule.forRoot(bad)],
    ['forRootAsync', AuthModule.forRootAsync({ useFactory: async () => bad })],
  ])('of %s, all that is wrong at once, and also where guards are in use', async (_, auth) => {
    expect(await rejection([database(), NotesModule, auth])).toMatch(
      /keyPrefix is 1 to 16[^\n]*\n +failuresPerMinute is a whole number[^\n]*\n +"x-tool-key" is in apiKeyHeaders and in toolKeyHeaders/,
    );
  });

  it.each([
    ['ApiKeysModule', ApiKeysModule.forRoot({ maxPerOwner: 0.5, maxPerTeam: 3 } as never)],
    [
      'ToolKeysModule',
      ToolKeysModule.forRootAsync({ useFactory: () => ({ maxPerOwner: '5', max: 1 }) as never }),
    ],
  ])('of %s, all that is wrong at once', async (name, module) => {
    const message = await rejection([database(), AuthModule.forRoot({}), module]);
    expect(message).toContain(`The options of ${name} are invalid:`);
    expect(message).toMatch(/maxPerOwner is a whole number of at least 1\.\n +max\w* is no option of /);
  });

  it('when a factory forgets to return them', async () => {
    const useFactory = (() => undefined) as unknown as () => AuthModuleOptions;
    expect(await rejection([database(), AuthModule.forRootAsync({ useFactory })])).toContain(
      'AuthModule has no options',
    );
  });

  it('when a factory returns the resolver of tasks', async () => {
    const useFactory = () => ({ taskResolver: class {} }) as never;
    expect(
      await rejection([database(), AuthModule.forRoot({}), ToolKeysModule.forRootAsync({ useFactory })]),
    ).toContain('taskResolver stands beside useFactory in forRootAsync({ taskResolver, useFactory })');
  });

  it('when a factory returns the store', async () => {
    const useFactory = () => ({ apiKeyStore: MemoryApiKeyStore }) as AuthModuleOptions;
    expect(await rejection([database(), AuthModule.forRootAsync({ useFactory })])).toContain(
      'apiKeyStore stands beside useFactory in forRootAsync({ apiKeyStore, useFactory })',
    );
  });

  it('when two issuers are one, or one has no keys', async () => {
    const { publicKey } = generateKeyPairSync('ed25519', {
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const issuer = { issuer: 'https://login.example.com', audience: 'notes', publicKey };
    expect(await rejection([database(), AuthModule.forRoot({ issuers: [issuer, issuer] })])).toContain(
      'issuers[1] names the same issuer as another entry.',
    );
    const { publicKey: _left, ...keyless } = issuer;
    expect(await rejection([database(), AuthModule.forRoot({ issuers: [keyless as never] })])).toContain(
      'needs either a public key or a JWKS URL',
    );
  });

  it('when a route has no guard', async () => {
    @Controller('open')
    class OpenController {
      @Get()
      list() {
        return [];
      }
    }
    @Module({ controllers: [OpenController] })
    class OpenModule {}
    const auth = AuthModule.forRoot({ undecidedRoutes: 'refuse' });
    expect(await rejection([database(), auth, OpenModule])).toContain('OpenController.list (GET /open)');
    expect(await rejection([database(), AuthModule.forRoot({}), OpenModule])).toBe('it starts');
  });
});

describe('a module without what it needs stops the start', () => {
  const noDatabase =
    'DatabaseModule is not imported, and Gatehouse needs it: add DatabaseModule.forRoot({ url, entities: gatehouseEntities }) to the imports of the root module.';
  const noAuth = (module: string) =>
    `AuthModule is not imported, and ${module} needs it: add AuthModule.forRoot({ … }) to the imports of the root module.`;

  it.each<[string, Imports]>([
    ['AuthModule', [AuthModule.forRoot({})]],
    ['AuditModule', [AuditModule]],
    ['AuditModule with a sink', [AuditModule.forRoot({ sink: { send: async () => undefined } })]],
    ['all of them', [ApiKeysModule, ToolKeysModule, AuditModule, AuthModule.forRoot({})]],
    ['all of them, in another order', [AuthModule.forRoot({}), NotesModule, AuditModule, ToolKeysModule]],
  ])('%s without DatabaseModule', async (_, imports) => {
    expect(await rejection(imports)).toBe(noDatabase);
  });

  it.each<[string, Imports[number]]>([
    ['ApiKeysModule', ApiKeysModule],
    ['ToolKeysModule', ToolKeysModule],
    ['ToolKeysModule', ToolKeysModule.forRoot({})],
  ])('%s without AuthModule', async (name, module) => {
    expect(await rejection([database(), module])).toBe(noAuth(name));
    expect(await rejection([module, database()])).toBe(noAuth(name));
  });
});

describe('a module with what it needs, and no more, starts', () => {
  it.each<[string, Imports]>([
    ['AuthModule, for its guards', [AuthModule.forRoot({}), NotesModule]],
    ['AuditModule', [AuditModule]],
    ['ToolKeysModule without ApiKeysModule', [AuthModule.forRoot({}), ToolKeysModule]],
    ['ApiKeysModule without ToolKeysModule', [AuthModule.forRoot({}), ApiKeysModule]],
  ])('%s', async (_, imports) => {
    expect(await rejection([database(), ...imports])).toBe('it starts');
  });
});

describe('an entity that the data source lacks stops the start', () => {
  const without = (...left: Type[]) => database(gatehouseEntities.filter((entity) => !left.includes(entity)));

  const unknown = (name: string) =>
    `The data source lacks the Gatehouse entities ${name}: add entities: [...gatehouseEntities, …] to its options.`;

  it.each([
    ['AuditEvent', AuditEvent],
    ['ApiKey', ApiKey],
    ['ToolKey, Task', ToolKey, Task],
    ['Owner, User', Owner, User],
    ['KeyUsageCount', KeyUsageCount],
  ])('of AuthModule with its name, and what to write: %s', async (name, ...entities) => {
    expect(await rejection([without(...(entities as Type[])), AuthModule.forRoot({})])).toBe(unknown(name));
  });

  it('though the host has another of the same name', async () => {
    @Entity('members')
    class Owner {
      @PrimaryColumn({ type: 'varchar' })
      id!: string;
    }
    const entities = gatehouseEntities.filter(({ name }) => !['Owner', 'User'].includes(name));
    expect(await rejection([database([...entities, Owner]), AuthModule.forRoot({})])).toBe(
      unknown('Owner, User'),
    );
  });

  it('of AuditModule alone, which needs no other', async () => {
    expect(await rejection([database([AuditEvent]), AuditModule])).toBe('it starts');
    expect(await rejection([database([Owner]), AuditModule])).toBe(unknown('AuditEvent'));
  });

  it('but for that of API keys which the host keeps elsewhere', async () => {
    const auth = AuthModule.forRoot({ apiKeyStore: MemoryApiKeyStore });
    expect(await rejection([without(ApiKey), auth])).toBe('it starts');
  });
});

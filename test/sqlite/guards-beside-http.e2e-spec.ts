import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, type INestApplicationContext, Module, UseGuards } from '@nestjs/common';
import { APP_GUARD, ExternalContextCreator, ModuleRef, NestFactory } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { Public } from '../../src/auth/decorators.js';
import { Authenticated, MaybeAuthenticated } from '../../src/auth/guards.js';
import { asUser, AuthTestingModule } from '../../src/testing/index.js';

type Handler = 'bare' | 'guarded' | 'maybe' | 'open';

/** What a package for GraphQL, WebSockets or messages calls; those make their handlers by the same means. */
@Injectable()
class NotesResolver {
  bare() {
    return 'in';
  }

  @UseGuards(Authenticated)
  guarded() {
    return 'in';
  }

  @UseGuards(MaybeAuthenticated)
  maybe() {
    return 'in';
  }

  @Public()
  open() {
    return 'in';
  }
}

const message = (kind: string) => `Guards of Gatehouse work for HTTP routes; this is a ${kind} handler.`;
const request = { headers: asUser() };

async function start(isGlobal: boolean): Promise<INestApplicationContext> {
  @Module({
    imports: [AuthTestingModule.forRoot()],
    providers: [NotesResolver, ...(isGlobal ? [{ provide: APP_GUARD, useClass: Authenticated }] : [])],
  })
  class AppModule {}
  return NestFactory.createApplicationContext(AppModule, { logger: false });
}

describe.each([false, true])('a handler that serves no HTTP, with a guard for all routes: %p', (isGlobal) => {
  let app: INestApplicationContext;

  beforeAll(async () => {
    app = await start(isGlobal);
  });
  afterAll(() => app.close());

  const call = (name: Handler, kind: string) => {
    const resolver = app.get(NotesResolver);
    const { create } = app.get(ExternalContextCreator);
    const handler = create.call(
      app.get(ExternalContextCreator),
      resolver,
      resolver[name],
      name,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      kind as 'http',
    );
    return handler(undefined, {}, { req: request });
  };

  it.each(['graphql', 'ws', 'rpc'])('is closed by a guard, which says why: %s', async (kind) => {
    await expect(call('guarded', kind)).rejects.toThrow(message(kind));
    await expect(call('maybe', kind)).rejects.toThrow(message(kind));
  });

  it('is open with @Public(), and without a guard unless there is one for all', async () => {
    expect(await call('open', 'graphql')).toBe('in');
    if (isGlobal) await expect(call('bare', 'graphql')).rejects.toThrow(message('graphql'));
    else expect(await call('bare', 'graphql')).toBe('in');
  });
});

it.each(['ws', 'rpc'])('a guard rejects a %s message whatever it holds', async (kind) => {
  const app = await start(false);
  const guard = await app.get(ModuleRef).create(Authenticated);
  const context = new ExecutionContextHost([request], NotesResolver, NotesResolver.prototype.bare);
  context.setType(kind);
  expect(() => guard.canActivate(context)).toThrow(message(kind));
  await app.close();
});

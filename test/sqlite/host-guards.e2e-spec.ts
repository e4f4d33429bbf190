import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  ForbiddenException,
  Get,
  type INestApplication,
  Injectable,
  type ModuleMetadata,
  Post,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { APP_GUARD, type AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { CurrentUser, Public, RequireScopes } from '../../src/auth/decorators.js';
import { Authenticated, UserOnly } from '../../src/auth/guards.js';
import type { AuthenticatedUser } from '../../src/principal/authenticated-user.js';
import { asApiKey, asToolKey, asUser, AuthTestingModule } from '../../src/testing/index.js';

/** A guard of the application: it admits its own users only. */
@Injectable()
class LoginGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{ headers: Record<string, string>; user?: unknown }>();
    if (request.headers['x-password'] !== 'open sesame') throw new UnauthorizedException('wrong password');
    request.user = { id: 7 };
    return true;
  }
}

@Injectable()
class Plans {
  has(ownerId: string): boolean {
    return ownerId !== '';
  }
}

/** With a constructor of its own. */
@Injectable()
class PlanGuard extends UserOnly {
  constructor(private readonly plans: Plans) {
    super();
  }

  protected override admit(user: AuthenticatedUser): void {
    if (!this.plans.has(user.ownerId)) throw new ForbiddenException();
  }
}

/** Admits what one of its guards admits. */
class Either implements CanActivate {
  constructor(private readonly guards: readonly CanActivate[]) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    let rejection: unknown;
    for (const guard of this.guards) {
      try {
        if ((await guard.canActivate(context)) === true) return true;
      } catch (error) {
        rejection ??= error;
      }
    }
    throw rejection as Error;
  }
}

@Controller()
class NotesController {
  @Get('plan')
  @UseGuards(PlanGuard)
  plan(@CurrentUser() user: AuthenticatedUser) {
    return { of: user.ownerId };
  }

  @Get('class')
  @UseGuards(Authenticated)
  guarded(@CurrentUser() user?: AuthenticatedUser) {
    return { of: user?.ownerId ?? null };
  }

  @Get('instance')
  @UseGuards(new UserOnly())
  @RequireScopes('notes:read')
  instance(@CurrentUser() user: AuthenticatedUser) {
    return { of: user.ownerId };
  }

  @Get('either')
  @UseGuards(new Either([new UserOnly(), new LoginGuard()]))
  either(@CurrentUser() user?: AuthenticatedUser) {
    return { of: user?.ownerId ?? null };
  }

  @Get('foreign')
  @Public()
  @UseGuards(LoginGuard)
  foreign(@CurrentUser() user?: AuthenticatedUser) {
    return { of: user?.ownerId ?? null };
  }

  @Post('login')
  @Public()
  @UseGuards(LoginGuard)
  login() {
    return { token: 'theirs' };
  }

  @Get('bare')
  bare() {
    return {};
  }
}

@Public()
@Controller('open')
class OpenController {
  @Get('closed')
  @UseGuards(LoginGuard)
  closed() {
    return {};
  }

  @Get()
  open() {
    return {};
  }
}

@Public()
@UseGuards(LoginGuard)
@Controller('logins')
class LoginsController {
  @Get()
  list() {
    return {};
  }
}

const applications: INestApplication[] = [];
afterEach(async () => {
  for (const app of applications.splice(0)) await app.close();
});

const adapters: [string, () => AbstractHttpAdapter][] = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
];

interface Setup extends ModuleMetadata {
  readonly override?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
  readonly setUp?: (app: INestApplication) => void;
}

describe.each(adapters)('on %s', (_name, adapter) => {
  async function start({ override = (builder) => builder, setUp, ...more }: Setup = {}) {
    const builder = Test.createTestingModule({
      imports: [AuthTestingModule.forRoot({ undecidedRoutes: 'allow' })],
      ...more,
      controllers: [NotesController, OpenController, LoginsController],
      providers: [Plans, ...(more.providers ?? [])],
    });
    const app = (await override(builder).compile()).createNestApplication(adapter(), { logger: false });
    applications.push(app);
    setUp?.(app);
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    return async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
      const response = await fetch(`http://127.0.0.1:${port}/${path}`, { method, headers });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
  }
  const password = { 'x-password': 'open sesame' };

  it('a subclass with a constructor checks and injects', async () => {
    const ask = await start();
    expect(await ask('plan', asUser({ ownerId: 'ada' }))).toMatchObject({ status: 200, body: { of: 'ada' } });
    expect(await ask('plan', asToolKey({ taskId: 'task' }))).toMatchObject({
      status: 403,
      body: { code: 'FORBIDDEN' },
    });
    expect(await ask('plan')).toMatchObject({ status: 401, body: { code: 'MISSING_TOKEN' } });
  });

  it('a guard made with new checks callers and scopes, also beside another application', async () => {
    const [ask, askOther] = [await start(), await start()];
    for (const send of [ask, askOther]) {
      expect(await send('instance', asUser({ ownerId: 'ada' }))).toMatchObject({ status: 200 });
      expect(await send('instance', asToolKey({ taskId: 'task' }))).toMatchObject({
        status: 403,
        body: { code: 'FORBIDDEN' },
      });
      const scoped = await send('instance', asApiKey({ scopes: ['files:read'] }));
      expect(scoped).toMatchObject({ status: 403, body: { code: 'INSUFFICIENT_SCOPE' } });
    }
  });

  it.each<[string, Setup]>([
    ['useGlobalGuards', { setUp: (app) => app.useGlobalGuards(new Authenticated()) }],
    ['a value', { providers: [{ provide: APP_GUARD, useValue: new Authenticated() }] }],
    ['a factory', { providers: [{ provide: APP_GUARD, useFactory: () => new Authenticated() }] }],
    ['a class', { providers: [{ provide: APP_GUARD, useClass: Authenticated }] }],
  ])('a guard for all routes by %s checks them', async (_how, setup) => {
    const ask = await start(setup);
    expect(await ask('bare')).toMatchObject({ status: 401, body: { code: 'MISSING_TOKEN' } });
    expect((await ask('bare', asUser())).status).toBe(200);
    expect((await ask('open')).status).toBe(200);
  });

  it('a guard that asks others admits what one of them admits', async () => {
    const ask = await start();
    expect(await ask('either', asUser({ ownerId: 'ada' }))).toMatchObject({
      status: 200,
      body: { of: 'ada' },
    });
    expect(await ask('either', password)).toMatchObject({ status: 200, body: { of: null } });
    expect(await ask('either', { ...asToolKey({ taskId: 'task' }), ...password })).toMatchObject({
      status: 200,
    });
    expect(await ask('either', asToolKey({ taskId: 'task' }))).toMatchObject({
      status: 403,
      body: { code: 'FORBIDDEN' },
    });
    expect(await ask('either')).toMatchObject({ status: 401, body: { code: 'MISSING_TOKEN' } });
  });

  it('@Public() beside a guard of the application leaves the decision to that', async () => {
    const ask = await start({ providers: [{ provide: APP_GUARD, useClass: Authenticated }] });
    expect(await ask('login', password, 'POST')).toMatchObject({ status: 201, body: { token: 'theirs' } });
    const refused = { status: 401, body: { message: 'wrong password' } };
    expect(await ask('login', asUser(), 'POST')).toMatchObject(refused);
    expect((await ask('logins', password)).status).toBe(200);
    expect(await ask('logins')).toMatchObject(refused);
    // Its user is none of ours.
    expect(await ask('foreign', password)).toMatchObject({ status: 200, body: { of: null } });
    // A route with a guard is not open by its controller.
    expect(await ask('open/closed', password)).toMatchObject({
      status: 401,
      body: { code: 'MISSING_TOKEN' },
    });
  });

  it('a fake guard gives @CurrentUser() the principal it puts into request.user, and no other user', async () => {
    const principal = { userId: null, ownerId: 'fake', source: { type: 'jwt' }, scopes: [] };
    for (const [user, of] of [
      [principal, 'fake'],
      [{ id: 1, ownerId: 'theirs' }, null],
      [undefined, null],
    ] as const) {
      const fake: CanActivate = {
        canActivate: (context) =>
          Object.assign(context.switchToHttp().getRequest<object>(), { user }) !== null,
      };
      const ask = await start({ override: (builder) => builder.overrideGuard(Authenticated).useValue(fake) });
      expect(await ask('class')).toMatchObject({ status: 200, body: { of } });
      const byProvider = await start({
        providers: [Authenticated, { provide: APP_GUARD, useExisting: Authenticated }],
        override: (builder) => builder.overrideProvider(Authenticated).useValue(fake),
      });
      expect((await byProvider('bare')).status).toBe(200);
    }
  });

  it('a fake guard needs no AuthModule, and a guard made with new says that it does', async () => {
    const fake = { canActivate: () => true };
    const ask = await start({
      imports: [],
      override: (builder) =>
        builder.overrideGuard(Authenticated).useValue(fake).overrideGuard(PlanGuard).useValue(fake),
    });
    expect((await ask('class')).status).toBe(200);
    expect((await ask('instance', asUser())).status).toBe(500);
  });
});

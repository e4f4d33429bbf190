import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  type INestApplication,
  Injectable,
  Module,
  Req,
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { AuthModule } from '../src/auth/auth.module.js';
import { Authenticated, MaybeAuthenticated, ToolKeyOnly } from '../src/auth/guards.js';
import { DatabaseModule } from '../src/database/database.module.js';
import { gatehouseEntities } from '../src/entities.js';
import type { HttpRequest } from '../src/http/http-request.js';
import { AuthError } from '../src/principal/auth-error.js';
import { Clock } from '../src/support/clock.js';
import { mintApiKey } from './support/api-keys.js';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';
import { ownClockModule } from './support/own-clock-module.js';

/** A guard of the application that keeps the user of a session. */
@Injectable()
class SessionGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    context.switchToHttp().getRequest<{ user: unknown }>().user = { source: { type: 'session' } };
    return true;
  }
}

/** Asks two guards at the same time. */
@Injectable()
class BothGuards implements CanActivate {
  constructor(
    private readonly authenticated: Authenticated,
    private readonly maybe: MaybeAuthenticated,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const answers = [this.authenticated, this.maybe].map(async (guard) => guard.canActivate(context));
    return (await Promise.all(answers)).every(Boolean);
  }
}

/** One of two guards, asked at the same time, is enough. */
@Injectable()
class AnyGuard implements CanActivate {
  constructor(
    private readonly authenticated: Authenticated,
    private readonly agents: ToolKeyOnly,
  ) {}

  canActivate(context: ExecutionContext): Promise<boolean> {
    return Promise.any([this.authenticated, this.agents].map(async (guard) => guard.canActivate(context)));
  }
}

/** Decides too late. */
@Injectable()
class AsyncGuard extends Authenticated {
  protected override async admit(): Promise<void> {
    throw new AuthError('FORBIDDEN');
  }
}

const userOf = ({ user }: HttpRequest) => ({ user: user?.source.type ?? null });

@Controller('guarded')
class GuardedController {
  @Get('session')
  @UseGuards(SessionGuard, MaybeAuthenticated)
  session(@Req() request: HttpRequest) {
    return userOf(request);
  }

  @Get('both')
  @UseGuards(BothGuards)
  both(@Req() request: HttpRequest) {
    return userOf(request);
  }

  @Get('async')
  @UseGuards(AsyncGuard)
  async(@Req() request: HttpRequest) {
    return userOf(request);
  }

  @Get('any')
  @UseGuards(AnyGuard)
  any(@Req() request: HttpRequest) {
    return userOf(request);
  }
}

let gatehouse: Gatehouse;
let app: INestApplication;
let base: string;
const get = async (path: string, key?: string) => {
  const headers: Record<string, string> = key === undefined ? {} : { 'x-api-key': key };
  const response = await fetch(`${base}/guarded/${path}`, { headers });
  const body = (await response.json()) as { code?: string };
  return response.status === 200 ? body : [response.status, body.code];
};
const limitedTo = (limit: number) => mintApiKey(gatehouse, { rateLimit: { limit, windowSeconds: 60 } });

beforeAll(async () => {
  gatehouse = await startGatehouse();

  /** Without a global guard, which would charge the key first. */
  @Module({
    imports: [
      ownClockModule(gatehouse.app.get(Clock)),
      DatabaseModule.forRoot({ url: gatehouse.configuration.databaseUrl, entities: gatehouseEntities }),
      AuthModule.forRoot({ undecidedRoutes: 'allow' }),
    ],
    controllers: [GuardedController],
    providers: [Authenticated, MaybeAuthenticated, ToolKeyOnly],
  })
  class HostModule {}

  app = await NestFactory.create(HostModule, new ExpressAdapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
  base = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
});
afterAll(async () => {
  await app.close();
  await gatehouse.close();
});

describe('request.user', () => {
  it('stays the one of the application for an anonymous request', async () => {
    expect(await get('session')).toEqual({ user: 'session' });
    expect(await get('session', 'mk_live_bad')).toEqual({ user: 'session' });
  });

  it('is the user of the credential, and absent when its limit is exhausted', async () => {
    const key = await limitedTo(1);
    expect(await get('session', key)).toEqual({ user: 'api_key' });
    expect(await get('session', key)).toEqual({ user: null });
  });
});

describe('guards that are asked at the same time', () => {
  it('charge a request once, and each of them decides by its own rules', async () => {
    const key = await limitedTo(2);
    expect(await get('both', key)).toEqual({ user: 'api_key' });
    expect(await get('both', key)).toEqual({ user: 'api_key' });
    expect(await get('both', key)).toEqual([429, 'RATE_LIMITED']);
  });

  it('keep the user that one of them admits', async () => {
    expect(await get('any', await limitedTo(2))).toEqual({ user: 'api_key' });
  });
});

it('a guard with an async admit() admits no caller', async () => {
  expect(await get('async', await limitedTo(1))).toEqual([500, undefined]);
});

import {
  All,
  Controller,
  Get,
  Injectable,
  Module,
  type Provider,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  ApiForbiddenResponse,
  ApiOkResponse,
  ApiProperty,
  ApiSecurity,
  DocumentBuilder,
  SwaggerModule,
} from '@nestjs/swagger';
import { afterEach, expect, it } from '@jest/globals';
import { AuthTestingModule, type AuthTestingOptions } from '../testing/auth-testing.module.js';
import { CustomCredential } from './custom/custom-credential.js';
import { Public, RequireScopes } from './decorators.js';
import { documentSecurity } from './document-security.js';
import { Authenticated, MaybeAuthenticated, UserOnly } from './guards.js';

const applications: NestFastifyApplication[] = [];
afterEach(async () => {
  for (const app of applications.splice(0)) await app.close();
});

async function start(
  controllers: Type[],
  options: AuthTestingOptions = {},
  providers: Provider[] = [],
): Promise<NestFastifyApplication> {
  @Module({ imports: [AuthTestingModule.forRoot(options)], controllers, providers })
  class Root {}
  const app = await NestFactory.create<NestFastifyApplication>(Root, new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
  app.setGlobalPrefix('api');
  await app.init();
  applications.push(app);
  return app;
}

const documentOf = (app: NestFastifyApplication, { openapi = '3.1.0' } = {}) =>
  documentSecurity(
    app,
    SwaggerModule.createDocument(app, new DocumentBuilder().setOpenAPIVersion(openapi).build()),
  );

async function operations(controllers: Type[], options?: AuthTestingOptions) {
  const document = documentOf(await start(controllers, options));
  return (path: string) => {
    const { security, responses } = document.paths[path]?.get ?? {};
    return {
      schemes: security?.map((one) => Object.keys(one)[0] ?? 'none'),
      statuses: Object.keys(responses ?? {}),
      codes: Object.values(responses ?? {}).flatMap((response) =>
        [...((response as { description?: string }).description ?? '').matchAll(/`(\w+)`/g)].map(
          ([, code]) => code,
        ),
      ),
    };
  };
}

@Injectable()
class SessionCookie extends CustomCredential {
  readonly name = 'session';
  readonly place = { cookie: 'sid' };
  async verify() {
    return undefined;
  }
}

@UseGuards(Authenticated)
@Controller('notes')
class Notes {
  @Get(':id')
  @ApiOkResponse({ description: 'Note' })
  find(): void {}
}

it('documents a class shared by two applications of a process with the schemes and headers of each', async () => {
  const first = await start([Notes]);
  const second = await start([Notes], { credentials: [SessionCookie], apiKeyHeaders: ['X-Notes-Key'] });
  const schemes = (app: NestFastifyApplication) => {
    const { paths, components } = documentOf(app);
    return {
      security: paths['/api/notes/{id}']?.get?.security?.flatMap((one) => Object.keys(one)),
      defined: Object.keys(components?.securitySchemes ?? {}).toSorted(),
      header: (components?.securitySchemes?.apiKey as { name?: string } | undefined)?.name,
    };
  };
  const alone = {
    security: ['jwt', 'apiKey', 'toolKey'],
    defined: ['apiKey', 'jwt', 'toolKey'],
    header: 'X-API-Key',
  };
  const withSession = {
    security: ['jwt', 'apiKey', 'toolKey', 'session'],
    defined: ['apiKey', 'jwt', 'session', 'toolKey'],
    header: 'X-Notes-Key',
  };
  expect([schemes(first), schemes(second), schemes(first)]).toEqual([alone, withSession, alone]);
});

class Shared {
  @Get()
  list(): void {}

  @Get('scoped')
  @RequireScopes('notes:read')
  scoped(): void {}
}

it('documents an inherited handler by the guards of each controller', async () => {
  @UseGuards(UserOnly)
  @Controller('users')
  class Users extends Shared {}
  @UseGuards(MaybeAuthenticated)
  @Controller('maybe')
  class Maybe extends Shared {}
  @Public()
  @Controller('open')
  class Open extends Shared {}
  @Controller('unguarded')
  class Unguarded extends Shared {}

  const operation = await operations([Users, Maybe, Open, Unguarded], { undecidedRoutes: 'allow' });
  expect(operation('/api/users').schemes).toEqual(['jwt', 'apiKey']);
  expect(operation('/api/users').statuses).toEqual(['200', '401', '403', '429', '500', '503']);
  expect(operation('/api/users/scoped').codes).toContain('INSUFFICIENT_SCOPE');
  expect(operation('/api/maybe').schemes).toEqual(['none', 'jwt', 'apiKey', 'toolKey']);
  expect(operation('/api/maybe').codes).toEqual(['INTERNAL_ERROR']);
  expect(operation('/api/maybe/scoped').schemes).toEqual(['jwt', 'apiKey', 'toolKey']);
  expect(operation('/api/open').schemes).toEqual(['none']);
  expect(operation('/api/unguarded')).toMatchObject({ schemes: undefined, codes: ['INTERNAL_ERROR'] });
});

it('documents inherited handlers of two applications of a process, one with a global guard, as each decides', async () => {
  @Public()
  @Controller('open')
  class Open extends Shared {}
  @Controller('heir')
  class Heir extends Open {}
  @UseGuards(UserOnly)
  @Controller('users')
  class Users extends Shared {}

  const controllers = [Open, Heir, Users];
  const closed = await start(controllers, {}, [{ provide: APP_GUARD, useClass: Authenticated }]);
  const open = await start(controllers, { undecidedRoutes: 'allow' });
  const schemes = (app: NestFastifyApplication) =>
    Object.fromEntries(
      Object.entries(documentOf(app).paths).map(([path, { get }]) => [
        path,
        get?.security?.map((one) => Object.keys(one)[0] ?? 'none').join(' '),
      ]),
    );
  const everywhere = { '/api/open': 'none', '/api/users': 'jwt apiKey', '/api/users/scoped': 'jwt apiKey' };
  const ofClosed = {
    ...everywhere,
    '/api/open/scoped': 'jwt apiKey toolKey',
    '/api/heir': 'jwt apiKey toolKey',
    '/api/heir/scoped': 'jwt apiKey toolKey',
  };
  const ofOpen = {
    ...everywhere,
    '/api/open/scoped': undefined,
    '/api/heir': undefined,
    '/api/heir/scoped': undefined,
  };
  expect([schemes(closed), schemes(open), schemes(closed)]).toEqual([ofClosed, ofOpen, ofClosed]);
});

it('lists the error of a custom credential on routes that accept one', async () => {
  const operation = await operations([Notes], { credentials: [SessionCookie] });
  expect(operation('/api/notes/{id}').codes).toContain('INVALID_CREDENTIAL');
});

it('keeps the application’s own documentation', async () => {
  class Error {
    @ApiProperty()
    reason!: string;
  }
  @UseGuards(Authenticated)
  @Controller('own')
  class Own {
    @Get()
    @ApiSecurity('mtls')
    @ApiForbiddenResponse({ description: 'Closed on Sundays.', type: Error })
    list(): void {}
  }
  const { paths, components } = documentOf(await start([Own]));
  const { security, responses } = paths['/api/own']?.get ?? {};
  expect(security).toEqual([{ mtls: [] }, { jwt: [] }, { apiKey: [] }, { toolKey: [] }]);
  expect(responses?.['403']).toEqual({
    description: 'Closed on Sundays.\n\n`FORBIDDEN`: This credential is not allowed to do that.',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/GatehouseError' } } },
  });
  expect(components?.schemas).toMatchObject({
    Error: { properties: { reason: {} } },
    GatehouseError: { properties: { code: {}, requestId: {} } },
  });
});

it('documents a handler for all methods, and a document without the global prefix', async () => {
  @UseGuards(Authenticated)
  @Controller('files')
  class Files {
    @All('*')
    any(): void {}
  }
  const app = await start([Files]);
  const withoutPrefix = SwaggerModule.createDocument(app, new DocumentBuilder().build(), {
    ignoreGlobalPrefix: true,
  });
  const security = [{ jwt: [] }, { apiKey: [] }, { toolKey: [] }];
  expect(documentOf(app).paths['/api/files/{path}']?.put?.security).toEqual(security);
  expect(documentSecurity(app, withoutPrefix).paths['/files/{path}']?.get?.security).toEqual(security);
});

it('writes the error schema for the OpenAPI version of the document', async () => {
  const app = await start([Notes]);
  const codeOf = (openapi: string) => {
    const { Error: schema } = documentOf(app, { openapi }).components?.schemas ?? {};
    return (schema as { properties: { code: object } }).properties.code;
  };
  expect(codeOf('3.1.0')).toHaveProperty('examples');
  expect(codeOf('3.0.0')).toMatchObject({ example: 'INVALID_API_KEY' });
});

import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  type INestApplication,
  Injectable,
  type MessageEvent,
  Module,
  type NestInterceptor,
  Post,
  Req,
  Sse,
  type Type,
  UseInterceptors,
} from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { ExpressAdapter, FileInterceptor } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Observable, of } from 'rxjs';
import { CurrentUser, Public, RequireScopes } from '../../src/auth/decorators.js';
import { Authenticated } from '../../src/auth/guards.js';
import type { AuthenticatedUser } from '../../src/principal/authenticated-user.js';
import { asApiKey, asToolKey, AuthTestingModule, testOwnerId } from '../../src/testing/index.js';

const page = 'https://app.example.com';
const preflight = {
  origin: page,
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'x-api-key',
};

/** What reaches the handlers, and what reads bodies before them. */
const seen: string[] = [];

@Injectable()
class NoInterceptor implements NestInterceptor {
  intercept: NestInterceptor['intercept'] = (_context, next) => next.handle();
}

/** Guards come before interceptors, and so before a file is read. */
const controllerWith = (reader: Type<NestInterceptor>) => {
  @Controller()
  class FilesController {
    @Sse('events')
    events(@CurrentUser('ownerId') ownerId: string): Observable<MessageEvent> {
      seen.push('events');
      return of({ data: { ownerId } }, { data: { end: true } });
    }

    @Sse('scoped-events')
    @RequireScopes('events:read')
    scoped(): Observable<MessageEvent> {
      seen.push('scoped-events');
      return of({ data: {} });
    }

    @Sse('open-events')
    @Public()
    open(): Observable<MessageEvent> {
      return of({ data: { open: true } });
    }

    @Post('files')
    @UseInterceptors(reader)
    upload(
      @Req() request: { file?: { buffer: Buffer }; body?: unknown },
      @CurrentUser() user: AuthenticatedUser,
    ) {
      seen.push('files');
      return { owner: user.ownerId, text: request.file?.buffer.toString() ?? String(request.body) };
    }

    @Get('notes')
    notes(@CurrentUser('ownerId') ownerId: string) {
      seen.push('notes');
      return { ownerId };
    }
  }
  return FilesController;
};

async function start(express: boolean): Promise<INestApplication> {
  @Module({
    imports: [AuthTestingModule.forRoot({ failuresPerMinute: 0, undecidedRoutes: 'refuse' })],
    controllers: [controllerWith(express ? FileInterceptor('file') : NoInterceptor)],
    providers: [{ provide: APP_GUARD, useClass: Authenticated }],
  })
  class AppModule {}
  const adapter = express ? new ExpressAdapter() : new FastifyAdapter();
  const app = await NestFactory.create(AppModule, adapter, { logger: false, abortOnError: false });
  app.enableCors({ origin: page });
  if (!express)
    (app as NestFastifyApplication)
      .getHttpAdapter()
      .getInstance()
      .addContentTypeParser('multipart/form-data', { parseAs: 'string' }, (_request, body, done) =>
        done(null, body),
      );
  await app.listen(0, '127.0.0.1');
  return app;
}

describe.each([
  ['Express', true],
  ['Fastify', false],
])('a global guard on %s', (_name, express) => {
  let app: INestApplication;
  let url: string;
  beforeAll(async () => {
    app = await start(express);
    url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  });
  afterAll(() => app.close());

  const ask = async (method: string, path: string, headers: object = {}, body?: FormData) => {
    seen.length = 0;
    const answer = await fetch(url + path, { method, headers: { ...headers }, ...(body && { body }) });
    return { status: answer.status, headers: answer.headers, text: await answer.text(), seen: [...seen] };
  };
  const codeOf = ({ status, text }: { status: number; text: string }) => `${status} ${JSON.parse(text).code}`;

  describe('and @Sse()', () => {
    it('streams to a caller, which counts once', async () => {
      const limited = asApiKey({ rateLimit: { limit: 1, windowSeconds: 60 } });
      const stream = await ask('GET', '/events', limited);
      expect([stream.status, stream.headers.get('content-type')]).toEqual([
        200,
        expect.stringContaining('text/event-stream'),
      ]);
      expect(stream.text).toMatch(
        new RegExp(`data: {"ownerId":"${testOwnerId}"}\\n[^]*data: {"end":true}\\n`),
      );
      expect(codeOf(await ask('GET', '/events', limited))).toBe('429 RATE_LIMITED');
    });

    it('rejects before the stream begins, as any route does', async () => {
      const bare = await ask('GET', '/events');
      expect([codeOf(bare), bare.seen, bare.headers.get('content-type')]).toEqual([
        '401 MISSING_TOKEN',
        [],
        expect.stringContaining('application/json'),
      ]);
      expect(bare.headers.get('www-authenticate')).toMatch(/^Bearer realm=/);
      const revoked = await ask('GET', '/events', asApiKey({ revoked: true }));
      expect([codeOf(revoked), revoked.seen]).toEqual(['401 INVALID_API_KEY', []]);
      const narrow = await ask('GET', '/scoped-events', asApiKey({ scopes: ['notes:read'] }));
      expect([codeOf(narrow), narrow.seen]).toEqual(['403 INSUFFICIENT_SCOPE', []]);
      const agent = asToolKey({ taskId: 't', scopes: ['events:*'] });
      expect((await ask('GET', '/scoped-events', agent)).seen).toEqual(['scoped-events']);
    });

    it('is open where @Public() says so', async () => {
      expect((await ask('GET', '/open-events')).text).toContain('data: {"open":true}');
    });
  });

  describe('and an upload', () => {
    const form = () => {
      const data = new FormData();
      data.set('file', new Blob(['the text of a file']), 'file.txt');
      return data;
    };

    it('hands the file to the handler for a caller', async () => {
      const { status, text } = await ask('POST', '/files', asApiKey(), form());
      expect([status, JSON.parse(text)]).toEqual([
        201,
        { owner: testOwnerId, text: expect.stringContaining('the text of a file') },
      ]);
    });

    it('is rejected without the handler, and never by fields of the form', async () => {
      const data = form();
      for (const [name, value] of Object.entries(asApiKey())) data.set(name, String(value));
      data.set('authorization', `Bearer ${Object.values(asApiKey())[0]}`);
      const answer = await ask('POST', '/files', {}, data);
      expect([codeOf(answer), answer.seen]).toEqual(['401 MISSING_TOKEN', []]);
      const bad = await ask('POST', '/files', asApiKey({ disabled: true }), form());
      expect([codeOf(bad), bad.seen]).toEqual(['401 INVALID_API_KEY', []]);
    });
  });

  it('decides HEAD as GET, and answers without a body', async () => {
    const limited = asApiKey({ rateLimit: { limit: 1, windowSeconds: 60 } });
    const admitted = await ask('HEAD', '/notes', limited);
    expect([admitted.status, admitted.text, admitted.seen]).toEqual([200, '', ['notes']]);
    const [bare, again] = [await ask('HEAD', '/notes'), await ask('HEAD', '/notes', limited)];
    expect([bare.status, bare.text, bare.seen]).toEqual([401, '', []]);
    expect(bare.headers.get('www-authenticate')).toMatch(/^Bearer realm=/);
    expect([again.status, again.seen]).toEqual([429, []]);
  });

  it('lets a preflight through, which carries no credential, and its request is decided', async () => {
    for (const path of ['/files', '/notes', '/events']) {
      const asked = await ask('OPTIONS', path, preflight);
      expect([path, asked.status, asked.headers.get('access-control-allow-origin'), asked.seen]).toEqual([
        path,
        204,
        page,
        [],
      ]);
      expect(asked.headers.get('access-control-allow-headers')).toContain('x-api-key');
    }
    const request = await ask('GET', '/notes', { origin: page });
    expect([codeOf(request), request.headers.get('access-control-allow-origin')]).toEqual([
      '401 MISSING_TOKEN',
      page,
    ]);
    const admitted = await ask('GET', '/notes', { origin: page, ...asApiKey() });
    expect([admitted.status, admitted.headers.get('access-control-allow-origin')]).toEqual([200, page]);
  });
});

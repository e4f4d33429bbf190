import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FactoryProvider, ModuleMetadata } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { RecurringJob } from '../../src/support/timers.js';
import { FirstAdminKey } from '../../src/server/first-admin-key.js';
import { BuiltinIssuer, type GrantedTo } from '../../src/issuer/builtin-issuer.js';
import type { Configuration } from '../../src/server/configuration/configuration.js';
import { createServer } from '../../src/server/create-server.js';
import { ServerModule } from '../../src/server/server.module.js';
import type { Json } from './json.js';
import { ownClockModule } from './own-clock-module.js';
import { withPatience } from './patient-postgres.js';
import { createMigratedDatabase } from './scratch-database.js';
import { TestClock } from './test-clock.js';

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | undefined>;
  readonly body: Json;
  readonly text: string;
}

export interface Sent {
  /** A list sends the header that many times. */
  readonly headers?: Record<string, string | string[]>;
  /** An object is sent as JSON, a string as it is. */
  readonly body?: unknown;
}

export interface Gatehouse {
  readonly app: NestFastifyApplication;
  readonly configuration: Configuration;
  readonly adminKey: string;
  send(method: string, path: string, sent?: Sent): Promise<Answer>;
  /** A bearer header of the built-in issuer's token for this person. */
  bearer(email?: string, ttlSeconds?: number, granted?: GrantedTo): { authorization: string };
  /** Wall-clock time in milliseconds, as the service has it. */
  now(): number;
  /** Sets the clock, which stands still otherwise, forward (or, negative, the wall clock alone back). */
  pass(seconds: number): void;
  close(): Promise<void>;
}

export interface Extras extends Pick<ModuleMetadata, 'controllers' | 'imports' | 'providers'> {
  /** Lets the jobs of the background take their turns, which would come between the steps of most tests. */
  readonly runsJobs?: boolean;
  /** Of a service that was started before, by default one that stands at the beginning of the file. */
  readonly clock?: TestClock;
}

/** Keeps the jobs of its application from starting. */
const stoppedJobs: FactoryProvider = {
  provide: 'stopped-jobs',
  inject: [ModulesContainer],
  useFactory: (modules: ModulesContainer) => ({
    onModuleInit: () => {
      const providers = [...modules.values()].flatMap((module) => [...module.providers.values()]);
      for (const { instance } of providers) {
        if (instance instanceof RecurringJob) instance.onApplicationBootstrap = () => undefined;
      }
    },
  }),
};

/**
 * A whole service on a database of its own, listening on a port of its own; or a replica of another one, by the
 * `dataDir` and `databaseUrl` of that.
 */
export async function startGatehouse(
  overrides: Partial<Configuration> = {},
  { runsJobs = false, clock = new TestClock(), ...extra }: Extras = {},
): Promise<Gatehouse> {
  const dataDir = overrides.dataDir ?? (await mkdtemp(join(tmpdir(), 'gatehouse-test-')));
  const database = overrides.databaseUrl === undefined ? await createMigratedDatabase() : undefined;
  const configuration: Configuration = {
    port: 0,
    host: '127.0.0.1',
    metrics: null,
    dataDir,
    databaseUrl: withPatience(database?.url ?? ''),
    databaseSchema: undefined,
    databasePooler: false,
    databaseDirectUrl: undefined,
    databaseMaxConnectionSeconds: 60,
    replicaName: undefined,
    redisUrl: null,
    issuers: [],
    builtinIssuer: true,
    issuerUrl: null,
    tokenAudiences: null,
    keyPrefix: 'mk',
    keyEnvironment: null,
    trustProxy: false,
    failuresPerMinute: 0,
    confineAgents: false,
    basicAuth: false,
    maxToolKeysPerTask: 100,
    maxToolKeysPerOwner: 10_000,
    maxToolKeysPerTaskAndMinute: 600,
    maxHeartbeatsPerInterval: 5,
    maxApiKeysPerOwner: 1_000,
    unusedDays: 90,
    unusedAction: 'notify',
    accessKeys: { perUser: 50, maxDays: 365, withoutExpiry: false },
    leakPolicy: {},
    leakGithubKeysUrl: null,
    logLevel: 'error',
    jsonLogs: false,
    logRequests: false,
    auditRetentionDays: null,
    usageRetentionDays: null,
    auditWebhook: null,
    maxConnections: 10_000,
    docs: true,
    console: false,
    consoleLogin: null,
    drainSeconds: 0,
    ...overrides,
  };
  const root = {
    module: class TestRoot {},
    ...extra,
    imports: [ownClockModule(clock), ServerModule.register(configuration), ...(extra.imports ?? [])],
    providers: [...(runsJobs ? [] : [stoppedJobs]), ...(extra.providers ?? [])],
  };
  const silent = { log() {}, warn() {}, error() {}, debug() {}, verbose() {}, fatal() {} };
  const app = await createServer(configuration, { logger: silent, root });
  await app.get(FirstAdminKey).ensure(dataDir);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { port: number };
  const agent = new Agent({ keepAlive: true });
  const issuer = BuiltinIssuer.open(dataDir);
  return {
    app,
    configuration,
    adminKey: (await readFile(join(dataDir, 'admin-key'), 'utf8')).trim(),
    send: (method, path, sent) => send({ agent, port }, method, path, sent),
    bearer: (email = 'ada@example.com', ttlSeconds = 3600, granted) => ({
      authorization: `Bearer ${issuer.tokenFor(email, ttlSeconds, clock.now(), granted)}`,
    }),
    now: () => clock.now(),
    pass: (seconds) => clock.pass(seconds),
    close: async () => {
      agent.destroy();
      await app.close();
      await database?.drop();
      if (overrides.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function send(
  server: { readonly agent: Agent; readonly port: number },
  method: string,
  path: string,
  { headers = {}, body }: Sent = {},
): Promise<Answer> {
  const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const json =
    payload === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) };
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      ...server,
      host: '127.0.0.1',
      method,
      path,
      headers: { ...json, ...headers },
    });
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const isJson = (incoming.headers['content-type'] ?? '').startsWith('application/json');
        const answered = incoming.headers as Record<string, string | undefined>;
        resolve({
          status: incoming.statusCode ?? 0,
          headers: answered,
          text,
          body: isJson && text !== '' ? JSON.parse(text) : undefined,
        });
      });
    });
    outgoing.end(payload);
  });
}

/** As much of a service as it takes to make keys. */
type KeyMaker = Pick<Gatehouse, 'bearer'> & {
  send(method: string, path: string, sent?: Sent): Promise<Pick<Answer, 'body'>>;
};

/** A person's key, just made. */
export async function createPersonalKey(
  gatehouse: KeyMaker,
  email?: string,
): Promise<{ id: string; key: string; prefix: string }> {
  const { body } = await gatehouse.send('POST', '/api/v1/auth/api-keys', {
    headers: gatehouse.bearer(email),
  });
  return body;
}

/** A tool key of that person, just issued. */
export async function issueToolKey(
  gatehouse: KeyMaker,
  fields: object = {},
  headers = gatehouse.bearer() as Record<string, string>,
): Promise<{ id: string; key: string }> {
  const { body } = await gatehouse.send('POST', '/api/v1/tool-keys', {
    headers,
    body: { taskId: 'task-1', ...fields },
  });
  return body;
}

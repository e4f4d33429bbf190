import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { context, propagation, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { Database } from '../../src/database/database.js';
import { AuthError } from '../../src/principal/auth-error.js';
import { createPersonalKey, type Gatehouse, issueToolKey, startGatehouse } from '../support/gatehouse.js';

// What is traced has nothing to do with the database, so one kind of database is enough.

const me = '/api/v1/auth/me';
const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
const exporter = new InMemorySpanExporter();
let gatehouse: Gatehouse;

beforeAll(async () => {
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
  propagation.setGlobalPropagator({
    inject: () => undefined,
    fields: () => ['traceparent'],
    extract: (parent, { traceparent: sent = '' }: Record<string, string>) => {
      const [, id = '', spanId = ''] = sent.split('-');
      return id === '' ? parent : trace.setSpanContext(parent, { traceId: id, spanId, traceFlags: 1 });
    },
  });
  gatehouse = await startGatehouse();
});
afterEach(() => exporter.reset());
afterAll(async () => {
  await gatehouse.close();
  for (const api of [trace, propagation, context]) api.disable();
});

const spans = () =>
  exporter
    .getFinishedSpans()
    .map(({ name, attributes, status }) => ({ name, ...attributes, status: status.code }));
const ask = (headers: Record<string, string>) => gatehouse.send('GET', me, { headers });

it('each decision is a span with its outcome and the kind of credential, and nothing else', async () => {
  const { key } = await createPersonalKey(gatehouse);
  const { key: toolKey } = await issueToolKey(gatehouse);
  exporter.reset();
  await ask({ 'x-api-key': key });
  await ask({ 'x-api-key': key });
  await ask({ 'x-tool-key': toolKey });
  await ask({ 'x-api-key': `${key}x` });
  await ask({});
  await gatehouse.send('DELETE', '/api/v1/auth/api-keys', { headers: { 'x-tool-key': toolKey } });
  const span = (outcome: string, kind: string) => ({
    name: 'gatehouse.decide',
    'gatehouse.outcome': outcome,
    'gatehouse.credential.kind': kind,
    status: SpanStatusCode.UNSET,
  });
  expect(spans()).toEqual([
    span('VALID', 'api_key'),
    span('VALID', 'api_key'),
    span('VALID', 'tool_key'),
    span('MALFORMED', 'api_key'),
    span('MISSING_TOKEN', 'none'),
    span('FORBIDDEN', 'tool_key'),
  ]);
});

it('a span begins with its decision, in the trace of the request', async () => {
  await ask({ ...gatehouse.bearer(), traceparent });
  const [span] = exporter.getFinishedSpans();
  expect(span?.spanContext().traceId).toBe(traceId);
  expect(span?.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
  const nanoseconds = ([seconds, rest]: [number, number]) => seconds * 1e9 + rest;
  expect(nanoseconds(span?.endTime ?? [0, 0])).toBeGreaterThan(nanoseconds(span?.startTime ?? [0, 0]));
});

it('a span of the application is the parent, whatever the request says', async () => {
  const outer = trace.getTracer('application').startSpan('request');
  const active = trace.setSpan(ROOT_CONTEXT, outer);
  context.setGlobalContextManager({
    active: () => active,
    with: (_context, run, self, ...args) => run.call(self as never, ...args),
    bind: (_context, target) => target,
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  });
  try {
    await ask({ ...gatehouse.bearer(), traceparent });
  } finally {
    context.disable();
  }
  expect(exporter.getFinishedSpans()[0]?.parentSpanContext?.spanId).toBe(outer.spanContext().spanId);
});

it('a fault of ours is an error of its span', async () => {
  const { key } = await createPersonalKey(gatehouse, 'fault@example.com');
  exporter.reset();
  const database = gatehouse.app.get(Database);
  const { read } = database;
  database.read = () => Promise.reject(new AuthError('DB_UNAVAILABLE'));
  try {
    expect((await ask({ 'x-api-key': key })).status).toBe(503);
  } finally {
    database.read = read;
  }
  expect(spans()).toMatchObject([{ 'gatehouse.outcome': 'DB_UNAVAILABLE', status: SpanStatusCode.ERROR }]);
});

it('events keep the traceparent of their request, and none that is malformed', async () => {
  const headers = { ...gatehouse.bearer('traced@example.com'), traceparent };
  await gatehouse.send('POST', '/api/v1/auth/api-keys', { headers });
  await gatehouse.send('DELETE', '/api/v1/auth/api-keys', {
    headers: { ...headers, traceparent: `${traceparent}x` },
  });
  const { body } = await gatehouse.send('GET', '/api/v1/auth/api-keys/events', { headers });
  const kept = body.events.map(({ type, traceparent: one }: Record<string, unknown>) => [type, one]);
  expect(kept.slice(0, 2)).toEqual([
    ['revoked', null],
    ['created', traceparent],
  ]);
});

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { openApiDocument } from '../../src/server/openapi/openapi-document.js';
import { type Gatehouse, startGatehouse } from '../support/gatehouse.js';

interface Operation {
  readonly route: string;
  readonly security?: Record<string, unknown>[];
  readonly responses: Record<
    string,
    { description: string; content?: Record<string, { schema: { $ref?: string } }> }
  >;
  readonly requestBody?: { required: boolean; content: Record<string, { schema: { $ref?: string } }> };
  readonly summary?: string;
}

let gatehouse: Gatehouse;
let document: OpenAPIObject;
let operations: Operation[];

const operation = (route: string) => operations.find((one) => one.route === route) as Operation;

beforeAll(async () => {
  gatehouse = await startGatehouse();
  document = openApiDocument(gatehouse.app);
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, details]) => ({
      ...(details as Operation),
      route: `${method} ${path}`,
    })),
  );
});
afterAll(() => gatehouse.close());

it('is OpenAPI 3.1 with the three credentials', () => {
  expect(document.openapi).toBe('3.1.0');
  expect(document.components?.securitySchemes).toMatchObject({
    jwt: { type: 'http', scheme: 'bearer' },
    apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
    toolKey: { type: 'apiKey', in: 'header', name: 'X-Tool-Key' },
  });
});

it('knows every route of the service', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/routes.md'), 'utf8');
  const routes = [...page.matchAll(/^- (.+) `(.+)`$/gm)].flatMap(([, methods = '', path = '']) =>
    methods.split(', ').map((method) => `${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`),
  );
  expect(operations.map(({ route }) => route).sort()).toEqual(routes.sort());
});

describe('every route', () => {
  it('says which credentials it takes, from its guard alone', () => {
    const schemes = (route: string) => operation(route).security?.map((one) => Object.keys(one)[0] ?? 'none');
    expect(schemes('get /api/v1/auth/me')).toEqual(['jwt', 'apiKey', 'toolKey']);
    expect(schemes('post /api/v1/auth/api-keys')).toEqual(['jwt', 'apiKey']);
    expect(schemes('post /api/v1/auth/token')).toEqual(['apiKey', 'toolKey']);
    expect(schemes('get /api/v1/auth/status')).toEqual(['none', 'jwt', 'apiKey', 'toolKey']);
    expect(schemes('get /health/live')).toEqual(['none']);
    expect(operations.filter(({ security }) => security === undefined)).toEqual([]);
  });

  it('has a summary, and a named schema for each body it takes or answers', () => {
    for (const { summary, requestBody, responses } of operations) {
      expect(summary).toEqual(expect.any(String));
      const { 204: _empty, ...withBody } = responses;
      const bodies = [requestBody, ...Object.values(withBody)].filter((body) => body !== undefined);
      for (const { content } of bodies) {
        expect(content?.['application/json']?.schema.$ref).toMatch(/^#\/components\/schemas\/\w+$/);
      }
    }
  });

  it('says that it takes forms beside JSON where it does', () => {
    const forms = operations.filter(({ requestBody }) => Object.keys(requestBody?.content ?? {}).length > 1);
    expect(forms.map(({ route }) => route)).toEqual([
      'post /api/v1/auth/token',
      'post /api/v1/auth/introspect',
    ]);
    const { content } = operation('post /api/v1/auth/token').requestBody ?? {};
    const schema = { schema: { $ref: '#/components/schemas/TokenRequest' } };
    expect(content).toEqual({
      'application/json': schema,
      'application/x-www-form-urlencoded': schema,
    });
  });

  it('names the codes of every status it can answer', () => {
    const statuses = (route: string) => Object.keys(operation(route).responses);
    expect(statuses('get /api/v1/auth/me')).toEqual(['200', '401', '403', '429', '500', '503']);
    expect(statuses('post /api/v1/auth/api-keys')).toEqual([
      '201',
      '400',
      '401',
      '403',
      '409',
      '413',
      '415',
      '422',
      '429',
      '500',
      '503',
    ]);
    expect(statuses('delete /api/v1/tool-keys/{id}')).toEqual([
      '200',
      '400',
      '401',
      '403',
      '404',
      '413',
      '415',
      '429',
      '500',
      '503',
    ]);
    expect(operation('post /api/v1/tool-keys').responses['403']?.description).toMatch(
      /INSUFFICIENT_SCOPE[^]*FORBIDDEN/,
    );
  });
});

it('says that the body of a personal key may be missing, and that of a tool key may not', () => {
  expect(operation('post /api/v1/auth/api-keys').requestBody?.required).toBe(false);
  expect(operation('post /api/v1/tool-keys').requestBody?.required).toBe(true);
});

it('has no reference to a schema that is not there', () => {
  const named = Object.keys(document.components?.schemas ?? {});
  const references = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)].map(
    ([, name]) => name,
  );
  expect(references.filter((name) => !named.includes(name ?? ''))).toEqual([]);
});

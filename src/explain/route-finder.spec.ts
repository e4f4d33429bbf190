import { describe, expect, it } from '@jest/globals';
import type { HttpAdapterHost } from '@nestjs/core';
import type { ApplicationRoutes } from '../auth/routes/application-routes.js';
import { RouteFinder } from './route-finder.js';

type Routes = readonly (readonly [method: string, path: string])[];

const finderOf = (type: string, instance: object, routes: Routes) =>
  new RouteFinder(
    { all: () => routes.map(([method, path]) => ({ method, path })) } as unknown as ApplicationRoutes,
    { httpAdapter: { getType: () => type, getInstance: () => instance } } as unknown as HttpAdapterHost,
  );

const fastify = (routes: Routes, options: object = {}) =>
  finderOf(
    'fastify',
    { initialConfig: { routerOptions: options }, hasRoute: ({ url }: { url: string }) => url === '/docs' },
    routes,
  );
const express = (routes: Routes, ...enabled: string[]) =>
  finderOf('express', { enabled: (setting: string) => enabled.includes(setting) }, routes);

describe('under Fastify', () => {
  const routes: Routes = [
    ['GET', '/files/*'],
    ['GET', '/files/:name'],
    ['GET', '/files/:name.txt'],
    ['GET', '/files/fixed'],
    ['GET', '/years/:year(\\d{4})'],
    ['GET', '/pages/:page?'],
    ['POST', '/a::b'],
    ['ALL', '/any'],
    ['HEAD', '/files/head'],
  ];

  it.each<[string, string, string | undefined]>([
    ['GET', '/files/fixed', '/files/fixed'],
    ['GET', '/files/f%69xed', '/files/fixed'],
    ['GET', '/files/other', '/files/:name'],
    ['GET', '/files/a%2Fb', '/files/:name'],
    ['GET', '/files/a.txt', '/files/:name.txt'],
    ['GET', '/files/a/b', '/files/*'],
    ['GET', '/files', undefined],
    ['GET', '/FILES/fixed', undefined],
    ['GET', '/files/fixed/', '/files/*'],
    ['HEAD', '/files/fixed', '/files/fixed'],
    ['HEAD', '/files/head', '/files/head'],
    ['POST', '/files/fixed', undefined],
    ['GET', '/years/2026', '/years/:year(\\d{4})'],
    ['GET', '/years/26', undefined],
    ['GET', '/pages', '/pages/:page?'],
    ['GET', '/pages/2', '/pages/:page?'],
    ['POST', '/a:b', '/a::b'],
    ['DELETE', '/any', '/any'],
    ['GET', '/docs', '/docs'],
    ['GET', `/years/${'1'.repeat(101)}`, undefined],
  ])('%s %s reaches %s', (method, path, pattern) => {
    expect(fastify(routes).find(method, path)?.pattern).toBe(pattern);
  });

  it('respects the options of the router', () => {
    const options = { caseSensitive: false, ignoreTrailingSlash: true, ignoreDuplicateSlashes: true };
    expect(fastify([['GET', '/Notes']], options).find('GET', '//notes/')?.pattern).toBe('/Notes');
    expect(fastify([['GET', '/n/:id']], { maxParamLength: 2 }).find('GET', '/n/abc')).toBeUndefined();
  });
});

describe('under Express', () => {
  const routes: Routes = [
    ['GET', '/notes/all'],
    ['GET', '/notes/:id'],
    ['GET', '/notes/late'],
    ['GET', '/users{/:id}/x'],
    ['GET', '/files/*path'],
    ['GET', '/rest/*'],
    ['ALL', '/any.thing'],
  ];

  it.each<[string, string, string | undefined]>([
    ['GET', '/notes/all', '/notes/all'],
    ['GET', '/NOTES/All/', '/notes/all'],
    ['GET', '/notes/late', '/notes/:id'],
    ['GET', '/notes/a/b', undefined],
    ['HEAD', '/notes/7', '/notes/:id'],
    ['GET', '/users/x', '/users{/:id}/x'],
    ['GET', '/users/7/x', '/users{/:id}/x'],
    ['GET', '/files/a/b', '/files/*path'],
    ['GET', '/files/', undefined],
    ['GET', '/rest/', '/rest/*'],
    ['PUT', '/any.thing', '/any.thing'],
    ['PUT', '/anyxthing', undefined],
  ])('%s %s reaches %s', (method, path, pattern) => {
    expect(express(routes).find(method, path)?.pattern).toBe(pattern);
  });

  it('respects the settings of the application', () => {
    const strict = express([['GET', '/Notes']], 'case sensitive routing', 'strict routing');
    expect(strict.find('GET', '/Notes')?.pattern).toBe('/Notes');
    expect(strict.find('GET', '/notes')).toBeUndefined();
    expect(strict.find('GET', '/Notes/')).toBeUndefined();
  });
});

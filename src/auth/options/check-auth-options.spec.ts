import { describe, expect, it } from '@jest/globals';
import { checkAuthOptions } from './check-auth-options.js';

const check = (options: unknown, areGiven = false) => checkAuthOptions(options, () => areGiven);

describe('valid options', () => {
  it.each([
    [{}],
    [{ issuers: [], keyPrefix: 'acme', environment: 'test', confineAgents: true, failuresPerMinute: 0 }],
    [{ apiKeyHeaders: ['X-Notes-Key'], toolKeyHeaders: ['X-Notes-Tool-Key'], undecidedRoutes: 'refuse' }],
    [{ redisUrl: 'rediss://user:password@host:6380/1', environment: undefined }],
    [{ redisUrl: null }],
    [{ basicAuth: true }],
    [{ ownGuards: [class Guard {}] }],
    [{ ownerHeader: 'X-Tenant' }],
  ])('%j are accepted', (options) => {
    expect(check(options)).toBe(options);
  });
});

describe('invalid options of AuthModule', () => {
  it.each<[object, RegExp]>([
    [{ keyPrefix: 'MK' }, /keyPrefix is 1 to 16 of a-z and 0-9/],
    [{ keyPrefix: 'tk' }, /keyPrefix .* is not "tk"/],
    [{ keyPrefix: '' }, /keyPrefix is/],
    [{ apiKeyHeaders: [] }, /apiKeyHeaders is a list of at least one .* leave it out for X-API-Key/],
    [{ toolKeyHeaders: [] }, /toolKeyHeaders is a list of at least one .* leave it out for X-Tool-Key/],
    [{ apiKeyHeaders: 'X-Key' }, /apiKeyHeaders is a list/],
    [{ apiKeyHeaders: ['X Key'] }, /apiKeyHeaders holds "X Key", which is no header name/],
    [{ apiKeyHeaders: [7] }, /apiKeyHeaders holds 7, which is no header name/],
    [{ apiKeyHeaders: ['X-Key', 'x-key'] }, /apiKeyHeaders names "x-key" twice/],
    [{ apiKeyHeaders: ['Authorization'] }, /"authorization", which has another meaning/],
    [{ toolKeyHeaders: ['X-Agent-Context'] }, /"x-agent-context", which has another meaning/],
    [
      { apiKeyHeaders: ['X-Key'], toolKeyHeaders: ['x-KEY'] },
      /"x-key" is in apiKeyHeaders and in toolKeyHeaders/,
    ],
    [{ ownerHeader: 'X Owner' }, /ownerHeader is "X Owner", which is no header name/],
    [{ ownerHeader: ['X-Owner'] }, /ownerHeader is \["X-Owner"\], which is no header name/],
    [{ ownerHeader: 'Authorization' }, /ownerHeader is "authorization", which has another meaning/],
    [{ ownerHeader: 'x-api-KEY' }, /"x-api-key" is ownerHeader and the header of a key/],
    [{ toolKeyHeaders: ['X-Owner-Id'] }, /"x-owner-id" is ownerHeader and the header of a key/],
    [{ apiKeyHeaders: ['X-Tool-Key'] }, /"x-tool-key" is in apiKeyHeaders and in toolKeyHeaders/],
    [{ ownGuards: [{ canActivate: () => true }] }, /ownGuards is a list of guard classes/],
    [{ failuresPerMinute: -1 }, /failuresPerMinute is a whole number/],
    [{ failuresPerMinute: 1.5 }, /failuresPerMinute is a whole number/],
    [{ failuresPerMinute: '60' }, /failuresPerMinute is a whole number/],
    [{ environment: 'production' }, /environment is 'live' or 'test'/],
    [{ confineAgents: 'false' }, /confineAgents is true or false/],
    [{ basicAuth: 'true' }, /basicAuth is true or false/],
    [{ redisUrl: 'http://host' }, /redisUrl must be a redis:/],
    [{ issuers: { issuer: 'https://a' } }, /issuers is a list/],
    [{ undecidedRoutes: 'ignore' }, /undecidedRoutes is one of 'refuse', 'warn', 'allow'/],
    [{ issuer: 'https://a' }, /issuer is no option of AuthModule; there are .*issuers/],
  ])('%j', (options, expected) => {
    expect(() => check(options)).toThrow(expected);
  });

  it.each([[undefined], [null], ['issuers'], [[]]])('%j is none', (options) => {
    expect(() => check(options)).toThrow('AuthModule.forRoot({})');
  });

  it('are all reported at once', () => {
    expect(() => check({ keyPrefix: '-', failuresPerMinute: -1 })).toThrow(
      /keyPrefix[^\n]*\n {2}failuresPerMinute/,
    );
  });

  it('are never shown if they may hold a secret', () => {
    expect(() => check({ redisUrl: 'http://user:hunter2@host' })).toThrow(/^(?!.*hunter2)/s);
  });
});

describe.each(['apiKeyStore', 'ownerResolver', 'credentials'])('%s', (extra) => {
  class Store {}

  it('is an option of forRoot', () => {
    expect(() => check({ [extra]: Store }, true)).not.toThrow();
  });

  it('is ignored in the result of a factory', () => {
    expect(() => check({ [extra]: Store })).toThrow(`${extra} stands beside useFactory`);
  });
});

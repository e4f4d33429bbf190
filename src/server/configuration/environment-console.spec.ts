import { describe, expect, it } from '@jest/globals';
import { problemsOf } from '../../../test/support/configuration-problems.js';
import { readConfiguration } from './read-configuration.js';

const issuer = 'https://issuer.example/realms/a';
const single = {
  JWT_ISSUER: issuer,
  JWT_AUDIENCE: 'us, api://us',
  JWT_JWKS_URL: `${issuer}/jwks`,
};
const other = (fields: object = {}) => ({
  issuer: 'https://other.example',
  audience: 'other',
  jwksUrl: 'https://other.example/jwks',
  ...fields,
});
const two = { ...single, JWT_ISSUERS: JSON.stringify([other()]) };
const client = { CONSOLE_CLIENT_ID: 'console' };

describe('sign-in to the console', () => {
  it('is at the only issuer, for an ID of the person alone, by default', () => {
    expect(readConfiguration(single).consoleLogin).toBeNull();
    expect(readConfiguration({ ...single, ...client }).consoleLogin).toEqual({
      issuer,
      clientId: 'console',
      scope: 'openid',
      resource: undefined,
    });
  });

  it('is at the issuer that is named, with scopes and an audience', () => {
    const set = {
      CONSOLE_ISSUER: 'https://other.example',
      CONSOLE_SCOPES: 'openid api://us/.default',
      CONSOLE_RESOURCE: 'other',
    };
    expect(readConfiguration({ ...two, ...client, ...set }).consoleLogin).toEqual({
      issuer: 'https://other.example',
      clientId: 'console',
      scope: 'openid api://us/.default',
      resource: 'other',
    });
  });

  it.each<[string, Record<string, string>, string]>([
    ['without an issuer', client, 'CONSOLE_CLIENT_ID is set, but no issuer is configured'],
    ['with several issuers, none of them named', { ...two, ...client }, 'CONSOLE_ISSUER is missing'],
    [
      'with an unknown issuer',
      { ...two, ...client, CONSOLE_ISSUER: 'https://issuer.example' },
      'CONSOLE_ISSUER is not the issuer of any',
    ],
    [
      'with the alias of an issuer',
      {
        ...single,
        JWT_ISSUER_ALIASES: 'https://alias.example',
        ...client,
        CONSOLE_ISSUER: 'https://alias.example',
      },
      'CONSOLE_ISSUER is not the issuer of any',
    ],
    ['with a client id that is text', { ...single, CONSOLE_CLIENT_ID: 'a b' }, 'CONSOLE_CLIENT_ID must be'],
    [
      'with offline_access',
      { ...single, ...client, CONSOLE_SCOPES: 'openid offline_access' },
      'CONSOLE_SCOPES must not name offline_access',
    ],
    ['with two spaces', { ...single, ...client, CONSOLE_SCOPES: 'a  b' }, 'CONSOLE_SCOPES must be scopes'],
    [
      'with an audience that is not accepted',
      { ...single, ...client, CONSOLE_RESOURCE: 'other' },
      'CONSOLE_RESOURCE must be an audience of the issuer',
    ],
    [
      'at an issuer without a URL',
      { ...single, ...client, JWT_ISSUER: 'issuer' },
      'CONSOLE_CLIENT_ID: the issuer to sign in at is not an absolute URL.',
    ],
    [
      'at an issuer without TLS',
      { ...single, ...client, JWT_ISSUER: 'http://issuer.example' },
      'CONSOLE_CLIENT_ID: the issuer to sign in at must be https',
    ],
    [
      'at an issuer with a query',
      { ...single, ...client, JWT_ISSUER: 'https://issuer.example?a' },
      'CONSOLE_CLIENT_ID: the issuer to sign in at must have no query',
    ],
    [
      'at all tenants of an issuer',
      {
        ...client,
        JWT_ISSUERS: JSON.stringify([other({ issuer: 'https://a.example/{tenant}', tenants: ['a'] })]),
      },
      'CONSOLE_CLIENT_ID: the issuer to sign in at has tenants',
    ],
  ])('is rejected %s', (_, environment, problem) => {
    expect(problemsOf(environment)).toEqual([expect.stringContaining(problem)]);
  });

  it.each(['CONSOLE_ISSUER', 'CONSOLE_RESOURCE'])('needs a client for %s', (name) => {
    expect(problemsOf({ ...single, [name]: 'us' })).toEqual([
      `CONSOLE_CLIENT_ID is missing, but ${name} is set`,
    ]);
  });
});

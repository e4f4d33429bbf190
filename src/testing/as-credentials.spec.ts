import { describe, expect, it } from '@jest/globals';
import { asApiKey, type TestApiKeyOptions } from './as-api-key.js';
import { asToolKey, type TestToolKeyOptions } from './as-tool-key.js';
import { asUser } from './as-user.js';

it('each credential is unique, in the header of its kind', () => {
  expect(asUser().authorization).toMatch(/^Bearer [\w-]+\.[\w-]+\.[\w-]+$/);
  expect(asUser()).not.toEqual(asUser());
  expect(asApiKey({ environment: 'test' })).toEqual({ 'x-api-key': expect.stringMatching(/^mk_test_/) });
  expect(asApiKey()).not.toEqual(asApiKey());
  expect(asToolKey({ taskId: 't' })).toEqual({ 'x-tool-key': expect.stringMatching(/^tk_/) });
  expect(asToolKey({ taskId: 't', header: 'Authorization' }).authorization).toMatch(/^Bearer tk_/);
});

describe('rejects a key that the service would never create:', () => {
  it.each<[string, TestApiKeyOptions, RegExp]>([
    ['of a scope without action', { scopes: ['notes' as never] }, /"notes" is not a scope/],
    ['of a user, without a scope', { userId: 'bob', scopes: [] }, /at least one scope/],
    ['of a user, with a role', { userId: 'bob', role: 'admin' }, /no role/],
    ['without a user, with an email', { email: 'bob@example.com' }, /email/],
    ['for no network', { allowedIps: ['home'] }, /"home" is neither/],
  ])('an API key %s', (_what, options, message) => {
    expect(() => asApiKey(options)).toThrow(message);
  });

  it.each<[string, TestToolKeyOptions, RegExp]>([
    ['for no task', { taskId: '' }, /needs a task/],
    ['that manages keys', { taskId: 't', scopes: ['api-keys:write'] }, /"api-keys:write"/],
    ['of the platform', { taskId: 't', scopes: ['notes:read', 'admin:*'] }, /"admin:\*"/],
    ['without a call', { taskId: 't', maxCalls: 0 }, /maxCalls/],
    ['with half a call', { taskId: 't', maxCalls: 1.5 }, /maxCalls/],
  ])('a tool key %s', (_what, options, message) => {
    expect(() => asToolKey(options)).toThrow(message);
  });
});

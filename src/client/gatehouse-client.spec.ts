import { describe, expect, it } from '@jest/globals';
import { createGatehouseClient } from './gatehouse-client.js';

describe('an invalid option', () => {
  const secret = 'mk_live_s3cret';

  it.each<[string, object]>([
    ['none', {}],
    ['two', { apiKey: secret, token: secret }],
    ['undefined, as of a variable that is not set', { apiKey: undefined }],
    ['empty', { toolKey: '' }],
    ['with the line break of the file it was read from', { apiKey: `${secret}\n` }],
    ['with another header behind it', { token: `${secret}\r\nX-Role: admin` }],
    ['beyond ASCII', { token: `${secret}\u00e9` }],
  ])('is rejected immediately and not repeated: credential %s', (_what, credential) => {
    const create = () =>
      createGatehouseClient({
        baseUrl: 'https://auth.example.com',
        credential: credential as { apiKey: string },
      });
    expect(create).toThrow(TypeError);
    expect(create).not.toThrow(secret);
  });

  it.each([
    '',
    'auth.example.com',
    '/auth',
    'ftp://auth.example.com',
    `http://ada:${secret}@auth.example.com`,
    `https://auth.example.com?key=${secret}`,
    'https://auth.example.com/#',
  ])('is rejected immediately and not repeated: base URL "%s"', (text) => {
    const create = () => createGatehouseClient({ baseUrl: text });
    expect(create).toThrow('baseUrl must be an absolute http:// or https:// URL');
    expect(create).not.toThrow(secret);
  });

  it.each(['http://127.0.0.1:3000', 'https://auth.example.com/', 'https://auth.example.com/a/b'])(
    'is not %s',
    (text) => {
      expect(() => createGatehouseClient({ baseUrl: text })).not.toThrow();
    },
  );
});

import { controllerAt, controllerOf, serve } from './serve.js';

// Nest without anything that authenticates. `me` answers as much as the service tells a user with an API key.
const [, platform, path = 'notes'] = process.argv.slice(2);
const id = '018f6f5e-0000-7000-8000-000000000001';
const me = {
  userId: id,
  ownerId: id,
  email: 'ada@example.com',
  source: { type: 'api_key', keyId: id },
  role: null,
  scopes: ['*:*'],
  environment: 'live',
  actorChain: [
    { type: 'user', id },
    { type: 'api_key', id },
  ],
};
const controllers = [path === 'me' ? controllerOf(me, 'me') : controllerAt('notes')];
process.send({ url: await serve(platform, { module: class PlainHost {}, controllers }) });

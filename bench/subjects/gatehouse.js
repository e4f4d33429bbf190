import { UseGuards } from '@nestjs/common';
import { Authenticated, RequireScopes } from '../../dist/package/index.js';
import { openIssuer } from '../people.js';
import { ourModules } from './our-modules.js';
import { controllerAt, serve } from './serve.js';

// A host with our modules, and routes without a guard, with one, and with a scope. `name` is that of its database.
const [folder, platform, name = 'host'] = process.argv.slice(2);
const url = await serve(platform, {
  module: class GatehouseHost {},
  imports: ourModules(folder, `${name}-${platform}`),
  controllers: [
    controllerAt('unguarded'),
    controllerAt('notes', UseGuards(Authenticated)),
    controllerAt('scoped', UseGuards(Authenticated), RequireScopes('notes:read')),
  ],
});
const headers = { authorization: `Bearer ${openIssuer(folder).newToken()}` };
const answer = await fetch(`${url}/api/v1/auth/api-keys`, { method: 'POST', headers });
const { key } = await answer.json();
process.send({ url, key });

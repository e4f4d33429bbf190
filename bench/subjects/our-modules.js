import { join } from 'node:path';
import { gatehouseEntities } from '../../dist/package/database.js';
import { ApiKeysModule, AuthModule, DatabaseModule, ToolKeysModule } from '../../dist/package/index.js';
import { audience, issuer, openIssuer } from '../people.js';

/** All our modules, as a host imports them; `name` is that of its database in this folder. */
export function ourModules(folder, name) {
  const publicKey = openIssuer(folder).publicKey.export({ type: 'spki', format: 'pem' });
  return [
    DatabaseModule.forRoot({ url: join(folder, `${name}.db`), entities: gatehouseEntities }),
    AuthModule.forRoot({ issuers: [{ issuer, audience, publicKey }] }),
    ApiKeysModule,
    ToolKeysModule,
  ];
}

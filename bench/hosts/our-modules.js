import { join } from 'node:path';
import {
  ApiKeysModule,
  AuthModule,
  DatabaseModule,
  gatehouseEntities,
  ToolKeysModule,
} from '../../dist/index.js';
import { audience, issuer, issuerKey } from './people.js';

/** All our modules, as a host imports them. */
export function ourModules(folder) {
  return [
    DatabaseModule.forRoot({ url: join(folder, 'host.db'), entities: gatehouseEntities }),
    AuthModule.forRoot({
      issuers: [{ issuer, audience, publicKey: issuerKey.export({ type: 'spki', format: 'pem' }) }],
    }),
    ApiKeysModule,
    ToolKeysModule,
  ];
}

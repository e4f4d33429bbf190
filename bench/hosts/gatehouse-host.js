import { UseGuards } from '@nestjs/common';
import { Authenticated } from '../../dist/index.js';
import { controllerAt } from '../server/routes.js';
import { ourModules } from './our-modules.js';

/** A host with a route under our guard. */
export function gatehouseHost(folder) {
  return {
    module: class GatehouseHost {},
    imports: ourModules(folder),
    controllers: [controllerAt('notes', UseGuards(Authenticated))],
  };
}

import { SetMetadata } from '@nestjs/common';
import { publicMetadata } from '../guards/route-rules.js';

/**
 * Opens a route, or all of a controller, where our guard is set globally. What is closer to the route wins: a guard,
 * scopes or a role on a route close it again under a public controller. It is not inherited: a controller that extends
 * the class opens nothing by it, and the start names its routes.
 */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(publicMetadata, true);

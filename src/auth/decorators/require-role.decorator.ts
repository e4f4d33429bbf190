import type { Role } from '../../principal/roles.js';
import { addMetadata } from './add-metadata.js';
import { roleMetadata } from '../guards/route-rules.js';

/** Asks for all that `role` stands for; 403 `FORBIDDEN` without it. */
export const RequireRole = (role: Role): MethodDecorator & ClassDecorator =>
  addMetadata(roleMetadata, [role]);

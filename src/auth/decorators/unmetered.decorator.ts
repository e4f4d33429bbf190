import { SetMetadata } from '@nestjs/common';
import { unmeteredMetadata } from '../guards/route-rules.js';

/** Requests to the route, or to all of the controller, use up none of the calls that a tool key was given. */
export const Unmetered = () => SetMetadata(unmeteredMetadata, true);

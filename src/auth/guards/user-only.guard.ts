import { Injectable } from '@nestjs/common';
import { Authenticated } from './authenticated.guard.js';
import type { CallerKind } from './caller-kind.js';
import { admittedMark } from './route-rules.js';

/** Admits users, API keys and credentials of the application's own; an agent's tool key is refused with 403. */
@Injectable()
export class UserOnly extends Authenticated {
  static override readonly [admittedMark]: readonly CallerKind[] = [
    'jwt',
    'personal_key',
    'service_key',
    'custom_person',
    'custom_program',
  ];
}

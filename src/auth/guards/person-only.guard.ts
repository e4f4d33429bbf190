import { Injectable } from '@nestjs/common';
import { Authenticated } from './authenticated.guard.js';
import type { CallerKind } from './caller-kind.js';
import { admittedMark } from './route-rules.js';

/** Admits people, by JWT, personal key or a credential of the application's own; a program's service key and an agent's tool key are refused with 403. */
@Injectable()
export class PersonOnly extends Authenticated {
  static override readonly [admittedMark]: readonly CallerKind[] = ['jwt', 'personal_key', 'custom_person'];
}

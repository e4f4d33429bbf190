import { Injectable } from '@nestjs/common';
import { Authenticated } from './authenticated.guard.js';
import type { CallerKind } from './caller-kind.js';
import { admittedMark } from './route-rules.js';

/** Admits API keys and tool keys; whoever comes with something else is refused with 403. */
@Injectable()
export class KeyOnly extends Authenticated {
  static override readonly [admittedMark]: readonly CallerKind[] = [
    'personal_key',
    'service_key',
    'tool_key',
  ];
}

import { Injectable } from '@nestjs/common';
import { Authenticated } from './authenticated.guard.js';
import type { CallerKind } from './caller-kind.js';
import { admittedMark } from './route-rules.js';

/** Admits the tool keys of agents; everybody else is refused with 403. */
@Injectable()
export class ToolKeyOnly extends Authenticated {
  static override readonly [admittedMark]: readonly CallerKind[] = ['tool_key'];
}

import { applyDecorators, StandardSchemaValidationPipe, UseGuards, UsePipes } from '@nestjs/common';
import { BoundedJson } from './bounded-json.guard.js';
import { validationFailed } from './validation-failed.js';

const pipe = new StandardSchemaValidationPipe({ exceptionFactory: validationFailed });

/**
 * Checks what the routes declare with `schema`, and their bodies before that (see `BoundedJson`), whichever pipes and
 * body parsers the application has. With `takesForms` a body may be a form, too.
 */
export const ValidRequests = ({ takesForms = false } = {}): ClassDecorator & MethodDecorator =>
  applyDecorators(UseGuards(new BoundedJson(takesForms)), UsePipes(pipe));

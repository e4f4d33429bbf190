import { StandardSchemaValidationPipe, UsePipes } from '@nestjs/common';
import { validationFailed } from './validation-failed.js';

const pipe = new StandardSchemaValidationPipe({ exceptionFactory: validationFailed });

/** Checks what the routes declare with `schema`, whichever pipes the application has. */
export const ValidRequests = (): ClassDecorator & MethodDecorator => UsePipes(pipe);

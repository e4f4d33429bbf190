import { StandardSchemaValidationPipe } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { AuthError } from 'nestjs-gatehouse';

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[];
}

/** Checks bodies against their schemas, and says what is wrong in the shape that all errors have. */
export const validation = {
  provide: APP_PIPE,
  useValue: new StandardSchemaValidationPipe({
    exceptionFactory: (issues) => new AuthError('VALIDATION_FAILED', { details: issues.map(detailOf) }),
  }),
};

function detailOf({ message, path = [] }: Issue): { path: string; message: string } {
  const names = path.map((segment) => String(typeof segment === 'object' ? segment.key : segment));
  return { path: names.join('.') || 'body', message };
}

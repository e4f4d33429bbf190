import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';
import type { ErrorCode } from '../principal/error-codes.js';
import { errorResponses } from './error-responses.js';

interface RouteAnswers {
  readonly 200?: z.ZodType;
  readonly 201?: z.ZodType;
  /** The codes this route adds to those of its guard, which are documented from the guard itself. */
  readonly errors?: readonly ErrorCode[];
}

/** What can be wrong with a body. */
export const badBody: readonly ErrorCode[] = [
  'VALIDATION_FAILED',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
];

/** Documents what a route answers: the schema of its success and its errors by code. */
export function Answers({ errors = [], ...successes }: RouteAnswers): MethodDecorator {
  return applyDecorators(
    ...Object.entries(successes).map(([status, standardSchema]) =>
      ApiResponse({ status: Number(status), description: 'Done.', standardSchema }),
    ),
    ...errorResponses(errors).map((response) => ApiResponse(response)),
  );
}

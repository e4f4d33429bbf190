import { applyDecorators } from '@nestjs/common';
import { ApiResponse, type DocumentedResponse } from './openapi.decorators.js';
import type { z } from 'zod';
import { type ErrorCode, messageOfCode, statusOfCode } from '../principal/auth-error.js';
import { errorAnswer } from './schemas.js';

interface RouteAnswers {
  readonly 200?: z.ZodType;
  readonly 201?: z.ZodType;
  readonly 202?: z.ZodType;
  /** The codes this route adds to those of its guards, which `documentSecurity` adds. */
  readonly errors?: readonly ErrorCode[];
}

/** The error codes of a request body. */
export const bodyErrors: readonly ErrorCode[] = [
  'VALIDATION_FAILED',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
];

/** Documents the responses of a route: the schema of its success and its errors by code. */
export function Answers({ errors = [], ...successes }: RouteAnswers): MethodDecorator {
  return applyDecorators(
    ...Object.entries(successes).map(([status, standardSchema]) =>
      ApiResponse({ status: Number(status), description: 'Done.', standardSchema }),
    ),
    ...errorResponses(errors).map((response) => ApiResponse(response)),
  );
}

/** The OpenAPI responses of these codes, one for each status, its description naming the codes. */
export function errorResponses(codes: readonly ErrorCode[]): DocumentedResponse[] {
  const statuses = new Set(codes.map((code) => statusOfCode[code]));
  return [...statuses].map((status) => ({
    status,
    description: codes
      .filter((code) => statusOfCode[code] === status)
      .map((code) => `\`${code}\`: ${messageOfCode[code]}`)
      .join('\n\n'),
    standardSchema: errorAnswer,
  }));
}

import type { ApiResponseOptions } from '@nestjs/swagger';
import { type ErrorCode, messageOfCode, statusOfCode } from '../principal/error-codes.js';
import { errorAnswer } from './schemas.js';

/** The OpenAPI responses of these codes, one for each status, its description naming the codes. */
export function errorResponses(codes: readonly ErrorCode[]): ApiResponseOptions[] {
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

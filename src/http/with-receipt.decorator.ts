import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { ReceiptInterceptor } from './receipt.interceptor.js';

const description = 'Answer only once every process has dropped it, or after 2 s with those that have not.';

/** For a route that ends something: whoever sends `?wait=true` is told how far that has got, in `replicas`. */
export function WithReceipt(): MethodDecorator {
  return applyDecorators(
    UseInterceptors(ReceiptInterceptor),
    ApiQuery({ name: 'wait', required: false, description, schema: { type: 'boolean', default: false } }),
  );
}

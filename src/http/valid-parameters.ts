import * as nest from '@nestjs/common';
import type { z } from 'zod';
import { documentBody, documentQuery, nestTakesSchemas } from './openapi.decorators.js';
import { validInput } from './validation.js';

/** Validates a value that a request sends. Throws `VALIDATION_FAILED`. */
class SchemaPipe implements nest.PipeTransform {
  constructor(private readonly schema: z.ZodType) {}

  transform(value: unknown): unknown {
    return validInput(this.schema, value);
  }
}

/** The body of the request, validated and documented by `schema`. */
export function ValidBody(schema: z.ZodType): ParameterDecorator {
  const pipe = new SchemaPipe(schema);
  if (nestTakesSchemas) return nest.Body({ schema, pipes: [pipe] });
  return all(nest.Body(pipe), documentBody(schema));
}

/** The query of the request, validated and documented by `schema`. */
export function ValidQuery(schema: z.ZodObject): ParameterDecorator {
  const pipe = new SchemaPipe(schema);
  if (nestTakesSchemas) return nest.Query({ schema, pipes: [pipe] });
  return all(nest.Query(pipe), documentQuery(schema));
}

function all(...decorators: ParameterDecorator[]): ParameterDecorator {
  return (...parameter) => {
    for (const decorate of decorators) decorate(...parameter);
  };
}

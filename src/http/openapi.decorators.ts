import * as nest from '@nestjs/common';
import { z } from 'zod';

// The same decorators as those of @nestjs/swagger, which takes four times as long to load as the rest. They write the
// metadata that it reads, so an application has our routes in its document, and does not need it without one.

/** From version 12 on Nest takes the schema of a parameter, and @nestjs/swagger converts those of zod. */
export const nestTakesSchemas = 'StandardSchemaValidationPipe' in nest;

interface Parameter {
  readonly name: string;
  readonly required: boolean;
  readonly description: string;
  readonly schema: object;
}

export interface DocumentedResponse {
  readonly status: number;
  readonly description: string;
  readonly standardSchema: z.ZodType;
}

/** Groups the routes of a controller. */
export function ApiTags(...tags: readonly string[]): ClassDecorator {
  return (controller) =>
    change<readonly string[]>(controller, 'apiUseTags', (before = []) => [...before, ...tags]);
}

export function ApiOperation(operation: { summary: string; description?: string }): MethodDecorator {
  return ofHandler<object>('apiOperation', (before) => ({ ...before, ...operation }));
}

/** The body of a route, if only to say that it may be absent: its schema is that of `@Body`. */
export function ApiBody({ required }: { required: boolean }): MethodDecorator {
  return addParameter({ in: 'body', type: String, required });
}

export function ApiQuery(parameter: Parameter): MethodDecorator {
  return addParameter({ in: 'query', ...parameter });
}

export function ApiHeader(parameter: Parameter): MethodDecorator {
  return addParameter({ in: 'header', ...parameter });
}

/** A response of a route; of two with the same status, the last. */
export function ApiResponse({ status, description, standardSchema }: DocumentedResponse): MethodDecorator {
  const response = nestTakesSchemas
    ? { description, standardSchema }
    : withSchema({ description }, standardSchema, 'output');
  return ofHandler<object>('apiResponse', (before) => ({ ...before, [status]: response }));
}

/** For Nest 11: the body of a route. */
export function documentBody(schema: z.ZodType): ParameterDecorator {
  const required = !schema.safeParse(undefined).success;
  return ofParameter(() => [withSchema({ in: 'body', type: String, required }, schema, 'input')]);
}

/** For Nest 11: the parameters of a query. */
export function documentQuery({ shape }: z.ZodObject): ParameterDecorator {
  return ofParameter(() =>
    Object.entries(shape).map(([name, field]) => {
      const { description } = z.globalRegistry.get(field as z.ZodType) ?? {};
      const required = !(field as z.ZodType).safeParse(undefined).success;
      return withSchema({ in: 'query', name, required, description }, field as z.ZodType, 'input');
    }),
  );
}

/** What is said of a schema but its name: a schema with a name would be a reference, which nothing resolves there. */
class UnnamedSchemas extends z.core.$ZodRegistry<object> {
  override get(schema: z.core.$ZodType) {
    const { id: _id, ...rest } = z.globalRegistry.get(schema) ?? {};
    return rest;
  }

  override has(schema: z.core.$ZodType): boolean {
    return z.globalRegistry.has(schema);
  }
}

const unnamed = new UnnamedSchemas();

/** The schema is converted when the document is made, which most processes never do. */
function withSchema<T extends object>(entry: T, schema: z.ZodType, io: 'input' | 'output'): T {
  const convert = () =>
    z.toJSONSchema(schema, { target: 'openapi-3.0', io, unrepresentable: 'any', metadata: unnamed });
  return Object.defineProperty(entry, 'schema', { get: convert, enumerable: true });
}

function addParameter(parameter: object): MethodDecorator {
  return ofHandler<readonly object[]>('apiParameters', (before = []) => [...before, parameter]);
}

function ofParameter(entries: () => readonly object[]): ParameterDecorator {
  return (controller, name) => {
    const value = (controller as Record<PropertyKey, object>)[name as string];
    change<readonly object[]>(value as object, 'apiParameters', (before = []) => [...before, ...entries()]);
  };
}

function ofHandler<T>(key: string, next: (before: T | undefined) => T): MethodDecorator {
  return (_controller, _name, { value }) => change(value as object, key, next);
}

function change<T>(target: object, name: string, next: (before: T | undefined) => T): void {
  const key = `swagger/${name}`;
  Reflect.defineMetadata(key, next(Reflect.getMetadata(key, target) as T | undefined), target);
}

import type { z } from 'zod';

// The same decorators as those of @nestjs/swagger, which takes four times as long to load as the rest. They write the
// metadata that it reads, so an application has our routes in its document, and does not need it without one.

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

/** A response of a route; of two with the same status, the last. */
export function ApiResponse({ status, ...response }: DocumentedResponse): MethodDecorator {
  return ofHandler<object>('apiResponse', (before) => ({ ...before, [status]: response }));
}

function addParameter(parameter: object): MethodDecorator {
  return ofHandler<readonly object[]>('apiParameters', (before = []) => [...before, parameter]);
}

function ofHandler<T>(key: string, next: (before: T | undefined) => T): MethodDecorator {
  return (_controller, _name, { value }) => change(value as object, key, next);
}

function change<T>(target: object, name: string, next: (before: T | undefined) => T): void {
  const key = `swagger/${name}`;
  Reflect.defineMetadata(key, next(Reflect.getMetadata(key, target) as T | undefined), target);
}

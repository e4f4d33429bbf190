import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { documentSecurity } from '../../auth/document-security.js';

const description = [
  'One front door for people, programs and agents.',
  'A person sends a JWT, a program an API key, an agent a tool key; every error has the same shape.',
].join(' ');

/** The OpenAPI 3.1 document of all routes. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const about = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Gatehouse')
    .setDescription(description)
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/');
  const known = { input: new Map<unknown, Converted>(), output: new Map<unknown, Converted>() };
  const document = SwaggerModule.createDocument(app, about.build(), {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
    standardSchemaConverter: (schema, { schemaType }) => {
      // Each route names the schema of errors some eight times.
      const converted = known[schemaType].get(schema) ?? convert(schema as unknown as z.ZodType, schemaType);
      known[schemaType].set(schema, converted);
      return structuredClone(converted);
    },
  });
  return documentSecurity(app, document);
}

type Converted = ReturnType<typeof convert>;

/** Schemas with an id become components of that name; the others stand where they are used. */
function convert(schema: z.ZodType, io: 'input' | 'output') {
  const {
    $defs = {},
    $schema: _dialect,
    id,
    ...json
  } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  const components = Object.fromEntries(
    Object.entries($defs).map(([name, definition]) => [name, withoutId(definition)]),
  );
  if (id === undefined) return { schema: json, components };
  return { schema: { $ref: `#/components/schemas/${id}` }, components: { ...components, [id]: json } };
}

function withoutId({ id: _id, ...definition }: z.core.JSONSchema.BaseSchema) {
  return definition;
}

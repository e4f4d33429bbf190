interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly examples?: readonly object[];
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> };
}

/** What is read of an OpenAPI document. */
export interface Api {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** A request to be sent; `text` is sent as it is, `body` as JSON. */
export interface FloodRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly text?: string;
}

/** Values for the parameters of paths, under which there is something. */
export type Known = Readonly<Record<string, string>>;

const bystanders = [
  'user-agent',
  'x-request-id',
  'origin',
  'referer',
  'cookie',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-agent-context',
  'accept',
  'accept-language',
  'content-language',
  'traceparent',
  'x-anything',
  'via',
];

/**
 * Requests to every operation with the secret in its path, its query, each field of its body and the headers. A field gets
 * one of four shapes; over four turns, each with a secret of its own, it gets all of them.
 */
export function* floodWith(
  secret: string,
  { paths, components }: Api,
  known: Known,
  turn: number,
): Generator<FloodRequest> {
  // Whole it is too long for an address.
  const part = { 'x-forwarded-for': secret.slice(0, 40) };
  const headers = { ...Object.fromEntries(bystanders.map((name) => [name, secret])), ...part };
  for (const [template, operations] of Object.entries(paths)) {
    for (const [name, { parameters = [], requestBody }] of Object.entries(operations)) {
      const method = name.toUpperCase();
      const path = template.replace(/\{(\w+)\}/g, (_match, parameter: string) => known[parameter] ?? secret);
      const base = { method, path };
      yield { ...base, headers };
      if (template.includes('{')) {
        for (const text of [secret, secret.replaceAll('_', '%5F'), `a%2F${secret}%0A`])
          yield { method, path: template.replace(/\{\w+\}/g, text), headers };
      }
      const queried = parameters.filter((parameter) => parameter.in === 'query').map((one) => one.name);
      for (const one of [...queried, 'api_key', secret]) yield { ...base, path: `${path}?${one}=${secret}` };
      if (requestBody === undefined) continue;
      const schema = resolve(requestBody.content?.['application/json']?.schema ?? {}, components.schemas);
      yield* bodies(schema, secret, base, turn);
    }
  }
}

function* bodies(schema: Schema, secret: string, base: FloodRequest, turn: number): Generator<FloodRequest> {
  const example = schema.examples?.[0] ?? {};
  const shapes = [secret, [secret], { note: secret }, { [secret]: { deep: [secret] } }];
  for (const [index, field] of [...Object.keys(schema.properties ?? {}), secret, '__proto__'].entries())
    yield { ...base, body: { ...example, [field]: shapes[(index + turn) % shapes.length] } };
  yield { ...base, body: secret };
  yield { ...base, body: { ...example, reason: secret, name: secret, metadata: { [secret]: secret } } };
  yield { ...base, text: `{"name": "${secret}`, headers: { 'content-type': 'application/json' } };
  yield { ...base, text: secret, headers: { 'content-type': `text/${secret}` } };
}

function resolve(schema: Schema, schemas: Readonly<Record<string, Schema>>): Schema {
  return schema.$ref === undefined ? schema : (schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
}

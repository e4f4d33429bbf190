import {
  type CallToolResult,
  fromJsonSchema,
  type McpServer,
  type ServerContext,
  type ServerNotifier,
} from '@modelcontextprotocol/server';

/** One red point. */
export const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
const wav = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=';

export const text = (value: string): CallToolResult => ({ content: [{ type: 'text', text: value }] });
const image = { type: 'image' as const, data: png, mimeType: 'image/png' };
const resource = (uri: string, mimeType: string, value: string) => ({
  type: 'resource' as const,
  resource: { uri, mimeType, text: value },
});
const pause = () => new Promise((resolve) => setTimeout(resolve, 50));

type Run = (context: ServerContext) => CallToolResult | Promise<CallToolResult>;

/** The tools without arguments that the scenarios call, by name. */
const toolsOf = (notifier: ServerNotifier | undefined): Record<string, Run> => ({
  test_simple_text: () => text('This is a simple text response for testing.'),
  test_image_content: () => ({ content: [image] }),
  test_audio_content: () => ({ content: [{ type: 'audio', data: wav, mimeType: 'audio/wav' }] }),
  test_embedded_resource: () => ({
    content: [resource('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')],
  }),
  test_multiple_content_types: () => ({
    content: [
      { type: 'text', text: 'Multiple content types test:' },
      image,
      resource('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
    ],
  }),
  test_error_handling: () => {
    throw new Error('This tool intentionally returns an error for testing');
  },
  async test_tool_with_logging({ mcpReq }) {
    for (const line of ['started', 'processing data', 'completed']) {
      await mcpReq.log('info', `Tool ${line}`);
      await pause();
    }
    return text('logged');
  },
  async test_logging_tool({ mcpReq }) {
    await mcpReq.log('info', 'only where a level is asked for');
    return text('logged');
  },
  async test_tool_with_progress({ mcpReq }) {
    const { progressToken } = mcpReq._meta ?? {};
    for (const progress of [0, 50, 100]) {
      if (progressToken !== undefined)
        await mcpReq.notify({
          method: 'notifications/progress',
          params: { progressToken, progress, total: 100 },
        });
      await pause();
    }
    return text('progressed');
  },
  test_trigger_tool_change() {
    notifier?.toolsChanged();
    return text('changed');
  },
  test_trigger_prompt_change() {
    notifier?.promptsChanged();
    return text('changed');
  },
});

export const toolNames = () => [...Object.keys(toolsOf(undefined)), 'json_schema_2020_12_tool'];

export function registerTools(server: McpServer, notifier: ServerNotifier | undefined): void {
  for (const [name, run] of Object.entries(toolsOf(notifier)))
    server.registerTool(name, { description: name }, async (context) => run(context));
  const inputSchema = fromJsonSchema(schema2020);
  server.registerTool('json_schema_2020_12_tool', { description: 'A schema', inputSchema }, () =>
    text('valid'),
  );
}

/** With the keywords of JSON Schema 2020-12 that lists must keep. */
const schema2020 = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object' as const,
  $defs: {
    address: {
      $anchor: 'addressDef',
      type: 'object',
      properties: { street: { type: 'string' }, city: { type: 'string' } },
    },
  },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  // oxlint-disable-next-line unicorn/no-thenable
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
};

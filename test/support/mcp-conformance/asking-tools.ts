import { randomBytes } from 'node:crypto';
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  type CallToolResult,
  createRequestStateCodec,
  inputRequired,
  inputResponse,
  type InputRequests,
  type InputRequiredResult,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { text } from './tools.js';

/** Signs what a client brings back between two rounds. */
export const states = createRequestStateCodec<{ round: number }>({ key: randomBytes(32) });

interface Envelope {
  readonly [CLIENT_CAPABILITIES_META_KEY]?: ClientCapabilities;
}

type Run = (context: ServerContext) => Promise<CallToolResult | InputRequiredResult>;

const named = z.object({ name: z.string() });
const askName = inputRequired.elicit({ message: 'What is your name?', requestedSchema: named });
const sampling = (question: string, maxTokens: number) =>
  inputRequired.createMessage({
    messages: [{ role: 'user', content: { type: 'text', text: question } }],
    maxTokens,
  });

/** Answers when each request has a response of its kind, and asks again until then. */
const askUntilAnswered =
  (inputRequests: InputRequests, hasState = false): Run =>
  async ({ mcpReq }) => {
    const kinds = Object.keys(inputRequests).map((key) => inputResponse(mcpReq.inputResponses, key).kind);
    if (!kinds.includes('missing') && (!hasState || mcpReq.requestState() !== undefined))
      return text(`state-ok ${JSON.stringify(mcpReq.inputResponses)}`);
    return inputRequired({
      inputRequests,
      ...(hasState && { requestState: await states.mint({ round: 1 }) }),
    });
  };

const confirm = inputRequired.elicit({
  message: 'Please confirm',
  requestedSchema: z.object({ ok: z.boolean() }),
});

const runs: Record<string, Run> = {
  test_input_required_result_elicitation: askUntilAnswered({ user_name: askName }),
  test_streaming_elicitation: askUntilAnswered({ user_name: askName }),
  test_input_required_result_sampling: askUntilAnswered({
    capital_question: sampling('What is the capital of France?', 100),
  }),
  // The SDK rejects what the client cannot do.
  test_missing_capability: askUntilAnswered({ question: sampling('Can you?', 10) }),
  test_input_required_result_list_roots: askUntilAnswered({ client_roots: inputRequired.listRoots() }),
  test_input_required_result_request_state: askUntilAnswered({ confirm }, true),
  test_input_required_result_tampered_state: askUntilAnswered({ confirm }, true),
  test_input_required_result_multiple_inputs: askUntilAnswered(
    {
      user_name: askName,
      greeting: sampling('Generate a greeting', 50),
      client_roots: inputRequired.listRoots(),
    },
    true,
  ),
  async test_input_required_result_multi_round({ mcpReq }) {
    const { round } = mcpReq.requestState<{ round: number }>() ?? { round: 0 };
    const rounds: readonly InputRequests[] = [
      { step1: askName },
      {
        step2: inputRequired.elicit({
          message: 'Step 2: What is your favorite color?',
          requestedSchema: z.object({ color: z.string() }),
        }),
      },
    ];
    const asked = rounds[round];
    if (asked === undefined) return text('done');
    return inputRequired({ inputRequests: asked, requestState: await states.mint({ round: round + 1 }) });
  },
  async test_input_required_result_capabilities({ mcpReq }) {
    const { [CLIENT_CAPABILITIES_META_KEY]: has = {} } = { ...mcpReq.envelope } as Envelope;
    const inputRequests = {
      ...(has.sampling !== undefined && { greeting: sampling('Generate a greeting', 50) }),
      ...(has.elicitation !== undefined && { user_name: askName }),
    };
    return inputRequired({ inputRequests });
  },
};

const withArguments = ['test_sampling', 'test_elicitation'];
export const askingToolNames = () => [...Object.keys(runs), ...withArguments, ...Object.keys(forms)];

/** Tools and a prompt that ask the client for more before they answer. */
export function registerAskingTools(server: McpServer): void {
  for (const [name, run] of Object.entries(runs)) server.registerTool(name, { description: name }, run);
  server.registerPrompt('test_input_required_result_prompt', { description: 'Asks' }, ({ mcpReq }) => {
    const requestedSchema = z.object({ context: z.string() });
    const given = acceptedContent(mcpReq.inputResponses, 'user_context', requestedSchema);
    if (given !== undefined)
      return { messages: [{ role: 'user', content: { type: 'text', text: given.context } }] };
    const user_context = inputRequired.elicit({
      message: 'What context should the prompt use?',
      requestedSchema,
    });
    return inputRequired({ inputRequests: { user_context } });
  });
  server.registerTool(
    'test_sampling',
    { description: 'Samples', inputSchema: z.object({ prompt: z.string() }) },
    ({ prompt }, context) => askUntilAnswered({ answer: sampling(prompt, 100) })(context),
  );
  const requestedSchema = {
    type: 'object' as const,
    properties: { username: { type: 'string' as const }, email: { type: 'string' as const } },
    required: ['username', 'email'],
  };
  server.registerTool(
    'test_elicitation',
    { description: 'Elicits', inputSchema: z.object({ message: z.string() }) },
    ({ message }, context) =>
      askUntilAnswered({ user: inputRequired.elicit({ message, requestedSchema }) })(context),
  );
  for (const [name, properties] of Object.entries(forms)) {
    const asked = inputRequired.elicit({ message: name, requestedSchema: { type: 'object', properties } });
    server.registerTool(name, { description: name }, askUntilAnswered({ form: asked }));
  }
}

type Form = Parameters<typeof inputRequired.elicit>[0]['requestedSchema'] extends infer S
  ? Extract<S, { properties: unknown }>['properties']
  : never;

const titled = (value: string, title: string) => ({ const: value, title });
const titles = [
  titled('value1', 'First Option'),
  titled('value2', 'Second Option'),
  titled('value3', 'Third Option'),
];
const options = ['option1', 'option2', 'option3'];

const forms: Record<string, Form> = {
  test_elicitation_sep1034_defaults: {
    name: { type: 'string', default: 'John Doe' },
    age: { type: 'integer', default: 30 },
    score: { type: 'number', default: 95.5 },
    status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
    verified: { type: 'boolean', default: true },
  },
  test_elicitation_sep1330_enums: {
    untitledSingle: { type: 'string', enum: options },
    titledSingle: { type: 'string', oneOf: titles },
    legacyEnum: {
      type: 'string',
      enum: ['opt1', 'opt2', 'opt3'],
      enumNames: ['Option One', 'Option Two', 'Option Three'],
    },
    untitledMulti: { type: 'array', items: { type: 'string', enum: options } },
    titledMulti: { type: 'array', items: { anyOf: titles } },
  },
};

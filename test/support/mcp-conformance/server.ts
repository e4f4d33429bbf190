import { completable, McpServer, ResourceTemplate, type ServerNotifier } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { type CallRequirements, listOnlyAllowed, type McpModuleOptions } from '../../../src/mcp/index.js';
import { askingToolNames, registerAskingTools, states } from './asking-tools.js';
import { png, registerTools, toolNames } from './tools.js';

const run: CallRequirements = { scopes: ['scenarios:run'] };
const needs = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, run]));

/** The options of its front door: a caller needs one scope for everything that it has. */
export const conformingOptions: Partial<McpModuleOptions> = {
  scopes: { 'scenarios:run': 'Run the scenarios' },
  loginScopes: ['scenarios:run'],
  tools: needs([...toolNames(), ...askingToolNames()]),
  // The last is for resources that do not exist: a server that declares none answers 403 to their URIs.
  resources: needs([
    'test://static-text',
    'test://static-binary',
    'test://watched-resource',
    'test://template/{id}/data',
    'test://{unknown}',
  ]),
  prompts: needs([
    'test_simple_prompt',
    'test_prompt_with_arguments',
    'test_prompt_with_embedded_resource',
    'test_prompt_with_image',
    'test_input_required_result_prompt',
  ]),
};

/** A server with everything that the scenarios of `@modelcontextprotocol/conformance` ask servers for. */
export function conformingServer(notifier?: ServerNotifier): McpServer {
  const server = listOnlyAllowed(
    new McpServer(
      { name: 'conforming', version: '1.0.0' },
      {
        capabilities: { logging: {}, completions: {}, resources: { subscribe: notifier === undefined } },
        requestState: { verify: states.verify },
      },
    ),
  );
  registerTools(server, notifier);
  registerAskingTools(server);
  registerResources(server);
  registerPrompts(server);
  if (notifier === undefined) {
    // Sessions of 2025-11-25 subscribe to resources, which never change here.
    server.server.setRequestHandler('resources/subscribe', () => ({}));
    server.server.setRequestHandler('resources/unsubscribe', () => ({}));
  }
  return server;
}

function registerResources(server: McpServer): void {
  const plain = { mimeType: 'text/plain' };
  server.registerResource('text', 'test://static-text', plain, ({ href }) => ({
    contents: [{ uri: href, ...plain, text: 'This is the content of the static text resource.' }],
  }));
  server.registerResource('binary', 'test://static-binary', { mimeType: 'image/png' }, ({ href }) => ({
    contents: [{ uri: href, mimeType: 'image/png', blob: png }],
  }));
  server.registerResource('watched', 'test://watched-resource', plain, ({ href }) => ({
    contents: [{ uri: href, ...plain, text: 'watched' }],
  }));
  const template = new ResourceTemplate('test://template/{id}/data', { list: undefined });
  const json = { mimeType: 'application/json' };
  server.registerResource('template', template, json, ({ href }, { id }) => ({
    contents: [
      { uri: href, ...json, text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) },
    ],
  }));
}

type Content = { type: 'text'; text: string } | { type: 'image'; data: string; mimeType: string };

function registerPrompts(server: McpServer): void {
  const messages = (...contents: Content[]) => ({
    messages: contents.map((content) => ({ role: 'user' as const, content })),
  });
  const text = (value: string): Content => ({ type: 'text', text: value });
  server.registerPrompt('test_simple_prompt', { description: 'Simple' }, () =>
    messages(text('This is a simple prompt for testing.')),
  );
  const argument = () => completable(z.string(), (value) => [`${value}is`, `${value}ty`]);
  server.registerPrompt(
    'test_prompt_with_arguments',
    { description: 'Arguments', argsSchema: z.object({ arg1: argument(), arg2: argument() }) },
    ({ arg1, arg2 }) => messages(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
  );
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'A resource', argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri: uri }) => {
      const resource = { uri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' };
      const { messages: rest } = messages(text('Please process the embedded resource above.'));
      return { messages: [{ role: 'user', content: { type: 'resource', resource } }, ...rest] };
    },
  );
  server.registerPrompt('test_prompt_with_image', { description: 'An image' }, () =>
    messages({ type: 'image', data: png, mimeType: 'image/png' }, text('Please analyze the image above.')),
  );
}

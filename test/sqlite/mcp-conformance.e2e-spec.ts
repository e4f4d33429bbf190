import { afterEach, describe, expect, it } from '@jest/globals';
import { ConformingEndpoint } from '../support/mcp-conformance/endpoint.js';
import { hasConformance, runScenarios } from '../support/mcp-conformance/run-scenarios.js';
import { conformingOptions } from '../support/mcp-conformance/server.js';
import { adapters, type McpHost, startMcpHost, tokenOf } from '../support/mcp-host.js';

/** Scenarios about what the server behind the guard does not have. */
const notApplicable = [
  // An extension that the SDK does not have.
  /^tasks-/,
  // Streams that a client resumes, which need a store of events.
  /^server-sse-polling$/,
  // Tools with `x-mcp-header`.
  /^http-custom-header-server-validation$/,
];

let host: McpHost | undefined;
afterEach(() => host?.close());

// Jest does not mention a file of which all tests are skipped.
if (!hasConformance) console.warn('The conformance of MCP servers is not tested: run npm ci --prefix tools');
const each = (hasConformance ? describe : describe.skip).each(adapters);

each('an MCP server behind McpGuard on %s', (adapter) => {
  it.each([
    ['2025-11-25', 30],
    ['2026-07-28', 37],
  ])('passes the scenarios of the revision %s, with a key', async (revision, count) => {
    const options = { endpoint: ConformingEndpoint, mcp: conformingOptions };
    host = await startMcpHost({ server: 'the SDK', adapter, ...options });
    const person = { authorization: `Bearer ${tokenOf()}` };
    const settings = { name: 'scenarios', scopes: ['scenarios:run'] };
    const { body } = await host.ask('POST', '/api/v1/api-keys', person, settings);
    const scenarios = await runScenarios(host.url, revision, { 'x-api-key': body.key });

    const applicable = [...scenarios].filter(([name]) => !notApplicable.some((one) => one.test(name)));
    const failed = applicable.flatMap(([name, checks]) =>
      checks
        .filter(({ status }) => status !== 'SUCCESS' && status !== 'INFO')
        .map(({ id, status, errorMessage }) => `${name}: ${status} ${id}: ${errorMessage}`),
    );
    expect(failed).toEqual([]);
    expect(applicable.length).toBeGreaterThanOrEqual(count);
  });
});

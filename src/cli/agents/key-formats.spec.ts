import { execFileSync } from 'node:child_process';
import { expect, it } from '@jest/globals';
import { asHeaders, asMcpServers, asShellLines } from './key-formats.js';

const minted = { key: 'tk_a1', expiresAt: '2030-01-01T00:00:00.000Z' };
const hostile = `'; echo broken; $(id) \`id\` "\\\n`;

it('prints headers as one JSON object of texts', () => {
  expect(JSON.parse(asHeaders(minted))).toEqual({ Authorization: 'Bearer tk_a1' });
});

it.each([minted, { key: hostile, expiresAt: hostile }])(
  'prints lines that a shell reads as they are: %j',
  ({ key, expiresAt }) => {
    const script = `${asShellLines({ key, expiresAt })}\nprintf '%s|%s' "$GATEHOUSE_TOOL_KEY" "$GATEHOUSE_TOOL_KEY_EXPIRES_AT"`;
    expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe(`${key}|${expiresAt}`);
  },
);

it('prints the configuration of a server', () => {
  const server = { name: '__proto__', url: 'https://api.example.com/mcp' };
  expect(asMcpServers(minted, server)).toContain('"__proto__": {');
  const { mcpServers } = JSON.parse(asMcpServers(minted, { ...server, name: 'notes' }));
  expect(mcpServers).toEqual({
    notes: { type: 'http', url: server.url, headers: { Authorization: 'Bearer tk_a1' } },
  });
});

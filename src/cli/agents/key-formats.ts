/** A new tool key, as far as clients need it. */
export interface MintedToolKey {
  readonly key: string;
  readonly expiresAt: string;
}

/** The MCP server that the key is for. */
export interface NamedServer {
  readonly name: string;
  readonly url: string;
}

const headersOf = ({ key }: MintedToolKey) => ({ Authorization: `Bearer ${key}` });

/** In single quotes nothing means anything to a POSIX shell. */
const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** For a hook that prints the headers of requests, such as the `headersHelper` of Claude Code. */
export function asHeaders(minted: MintedToolKey): string {
  return JSON.stringify(headersOf(minted));
}

/** For `eval` in a POSIX shell. */
export function asShellLines({ key, expiresAt }: MintedToolKey): string {
  const variables = { GATEHOUSE_TOOL_KEY: key, GATEHOUSE_TOOL_KEY_EXPIRES_AT: expiresAt };
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${quoted(value)}`)
    .join('\n');
}

/** The configuration of one server over HTTP, as many clients read it. */
export function asMcpServers(minted: MintedToolKey, { name, url }: NamedServer): string {
  const mcpServers = { [name]: { type: 'http', url, headers: headersOf(minted) } };
  return JSON.stringify({ mcpServers }, null, 2);
}

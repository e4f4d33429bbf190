import type { McpModuleOptions } from 'nestjs-gatehouse/mcp';

/** What clients can ask for, in the words of the page of consent. */
export const scopes = {
  'notes:read': 'Read your notes',
  'notes:write': 'Write and delete your notes',
};

/** Where people log in, and for what. */
export interface McpNotesOptions {
  /** The URL that people paste into their clients. */
  readonly resource: string;
  readonly authorizationServer: string;
}

/** At the login a client gets as little as it can begin with, and asks for more when a tool needs it. */
export const mcpOptionsOf = ({ resource, authorizationServer }: McpNotesOptions): McpModuleOptions => ({
  resource,
  authorizationServers: [authorizationServer],
  scopes,
  loginScopes: ['notes:read'],
  name: 'Notes',
});

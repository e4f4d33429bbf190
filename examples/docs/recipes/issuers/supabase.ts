import type { IssuerOptions } from 'nestjs-gatehouse';

const clients = new Map([['9a8b7c6d-5e4f-4a2b-8c0d-9e8f7a6b5c4d', ['notes:read']]]);

/** A session names no client, and keeps all rights. */
export const supabaseScopes: IssuerOptions['mapScopes'] = ({ client_id }) =>
  client_id === undefined ? undefined : (clients.get(String(client_id)) ?? []);

import type { IssuerOptions } from 'nestjs-gatehouse';

const frontEnd = 'SUuBTcXPlQ3aUvBBMVpfHjtrSwPrZOrB';

/** The front end has all that its user is permitted; other clients have what both claims say. */
export const auth0Scopes: IssuerOptions['mapScopes'] = ({ client_id, permissions }) =>
  client_id === frontEnd && Array.isArray(permissions) ? permissions : undefined;

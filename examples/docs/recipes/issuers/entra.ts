import type { IssuerOptions } from 'nestjs-gatehouse';

const meanings = new Map([
  ['access_as_user', ['notes:read', 'notes:write']],
  ['Notes.Read', ['notes:read']],
]);

/** A token without `scp`, such as that of an application, gets nothing. */
export const entraScopes: IssuerOptions['mapScopes'] = ({ scp }) =>
  String(scp ?? '')
    .split(' ')
    .flatMap((word) => meanings.get(word) ?? []);

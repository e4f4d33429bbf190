import type { IssuerOptions } from 'nestjs-gatehouse';

const meanings = new Map([
  ['https://api.example.com/read', 'notes:read'],
  ['https://api.example.com/write', 'notes:write'],
]);

export const cognitoScopes: IssuerOptions['mapScopes'] = ({ scope }) =>
  String(scope ?? '')
    .split(' ')
    .flatMap((word) => meanings.get(word) ?? []);

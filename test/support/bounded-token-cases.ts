import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import type { DelegationOptions, TokenClaims } from '../../src/jwt/delegation.js';
import type { IssuerOptions } from '../../src/jwt/issuers.js';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = publicKey.export({ format: 'jwk' });

type Mapping = NonNullable<DelegationOptions['mapScopes']>;
const slashes: Mapping = ({ scope }) => String(scope).replaceAll('/', ':').split(' ');
/** What applications can do that TypeScript would not let them. */
const faulty = [
  () => {
    throw new Error('no table of scopes');
  },
  () => 'notes:read',
  () => Promise.resolve(['notes:read']),
  () => [null, 7, ['*:*'], ' *:*', 'admin:*', 'notes:read', 'Files:read'],
] as unknown as Mapping[];

const firstParties: Partial<DelegationOptions>[] = [
  {},
  { firstParty: false, firstPartyClients: ['web', 'console'], bounded: 'enforce' },
];
const clientClaims: DelegationOptions['clientClaim'][] = [undefined, 'azp', 'cid', 'appid'];
const mappings = [undefined, () => undefined, slashes, ...faulty];

const optionsOfAll: DelegationOptions[] = [
  ...mappings.flatMap((mapScopes) =>
    clientClaims.flatMap((clientClaim) =>
      firstParties.map((rest) => ({
        ...rest,
        ...(clientClaim !== undefined && { clientClaim }),
        ...(mapScopes !== undefined && { mapScopes }),
      })),
    ),
  ),
  { firstParty: true },
  { firstParty: true, clientClaim: 'azp', firstPartyClients: ['web'] },
];

/** Every way to configure an issuer. Those with a mapping that fails or a first-party one come last. */
export const issuers: readonly IssuerOptions[] = optionsOfAll.map((options, index) => ({
  issuer: `https://issuer-${index}.example.com`,
  audience: 'api',
  publicKey: jwk,
  ...options,
}));

/** An index of `issuers`: of one that can say the scopes of each token; of any. */
export const readingIssuer = fc.nat(3 * clientClaims.length * firstParties.length - 1);
export const anyIssuer = fc.oneof(
  { weight: 3, arbitrary: readingIssuer },
  { weight: 1, arbitrary: fc.nat(issuers.length - 1) },
);

const goodWords = words(
  'notes:read notes:* files:read *:read *:* mcp:tools:call mcp:* *:tools:* mcp:*:call',
  'api-keys:read api-keys:write tool-keys:issue tool-keys:*',
);
const oddWords = [
  ...words(
    'api-keys:* api-keys:write:all admin:* members:* trust-rules:write admin:*:* a:b:c:d:e:f:g:h',
    'a:b:c:d:e:f:g:h:i openid notes/read * *: :read notes:re*d **:* NOTES:read ｎotes:read __proto__:x',
  ),
  'notes:read\n',
  'notes:read\t*:*',
  `notes:${'x'.repeat(200)}`,
];
const word = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...goodWords) },
  { weight: 1, arbitrary: fc.constantFrom(...oddWords) },
);
const someWords = fc.array(word, { maxLength: 6 });
const hostileList = fc.constantFrom<unknown>(
  Array.from({ length: 501 }, () => '*:*'),
  Array.from({ length: 501 }, (_, n) => `notes:n${n}`).join(' '),
  { '0': '*:*', length: 1 },
  [null, 7, '*:*'],
  [['*:*']],
  [],
  {},
  '  notes:read  *:read',
  ' ',
  '',
  null,
  true,
  7,
);
const list = fc.oneof(
  { weight: 4, arbitrary: someWords.map((all) => all.join(' ')) },
  { weight: 2, arbitrary: someWords },
  { weight: 1, arbitrary: hostileList },
);
const client = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('web', 'cli') },
  { weight: 1, arbitrary: fc.constantFrom<unknown>('', 'x\u0007', 'x'.repeat(256), 7, null, ['web'], {}) },
);
const nested = (depth: number): object =>
  depth === 0 ? { sub: 'agent' } : { client_id: 'agent', act: nested(depth - 1) };
const act = fc.constantFrom<unknown>(nested(0), nested(7), nested(8), {}, { sub: 7 }, 'agent', null, [
  nested(0),
]);
const maybe = <T>(arbitrary: fc.Arbitrary<T>, freq = 2) => fc.option(arbitrary, { nil: undefined, freq });

/** Claims that bound a token or do not, of every type that JSON has. */
export const anyClaims: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(
    fc.record({ scope: maybe(list), scp: maybe(list, 1), permissions: maybe(list, 1) }),
    fc.record({
      client_id: maybe(client),
      azp: maybe(client, 1),
      cid: maybe(client, 1),
      appid: maybe(client, 1),
    }),
    fc.record({ act: fc.option(act, { nil: undefined, freq: 8 }) }),
  )
  .map(([scopes, clients, actors]) => ({ ...scopes, ...clients, ...(actors.act !== undefined && actors) }))
  .map((claims) => JSON.parse(JSON.stringify(claims)) as Record<string, unknown>);

/** Claims of a client that may do something. */
export const usefulClaims: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(fc.subarray(['api-keys:write', 'tool-keys:issue', 'api-keys:*']), someWords, maybe(someWords, 1))
  .map(([powers, more, others]) => ({
    client_id: 'cli',
    scope: [...powers, ...more].join(' '),
    ...(others !== undefined && { permissions: [...powers, ...others, '*:read'] }),
  }));

export const anyType = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(undefined, 'JWT') },
  { weight: 1, arbitrary: fc.constantFrom('at+jwt', 'AT+JWT', 'application/at+jwt') },
);

/** Names that say nothing; and claims that are named twice, of which the last counts (RFC 7515 §4). */
export const anyNoise = fc.constantFrom(
  '',
  '"Scope":"*:*","scopes":["*:*"],"clientId":"web",',
  '"__proto__":{"client_id":"web","scope":"*:*"},',
  'twice',
);

export interface Signing {
  readonly claims: TokenClaims;
  readonly typ?: string | undefined;
  readonly noise?: string;
}

/** A bearer header with exactly these claims. */
export function signedBearer({ claims, typ, noise = '' }: Signing): { authorization: string } {
  const json = JSON.stringify(claims).slice(1);
  const twice = Object.keys(claims).map((name) => `${JSON.stringify(name)}:"*:* api-keys:write",`);
  const payload = `{${noise === 'twice' ? twice.join('') : noise}${json}`;
  const header = JSON.stringify({ alg: 'ES256', typ });
  const text = [header, payload].map((part) => Buffer.from(part).toString('base64url')).join('.');
  const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return { authorization: `Bearer ${text}.${signature.toString('base64url')}` };
}

function words(...lines: string[]): string[] {
  return lines.flatMap((line) => line.split(' '));
}

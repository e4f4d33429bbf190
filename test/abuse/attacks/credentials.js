import { generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto';
import { KeyMint } from '../../faults/harness/build.js';

const mint = new KeyMint();
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const inventedKey = () => mint.mintApiKey('live').key;
const network = () => `2001:db8:${randomBytes(2).toString('hex')}:${randomBytes(2).toString('hex')}::1`;
const day = 86_400_000;

/** A token with the claims of a valid one, signed with an unknown key. */
function forged(token, header) {
  const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = `${encode({ alg: 'ES256', typ: 'JWT', ...header })}.${token.split('.')[1]}`;
  const signature = sign('sha256', Buffer.from(signed), { key: stranger, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

const list = (count, of) => Array.from({ length: count }, of);
const flood = (headersOf) => (attacker, _site, state) =>
  attacker.flood(50, (index) => ({ headers: headersOf(state, index) }));
/** Each token in turn. They are made before the attack, as signing takes as long as verifying does. */
const tokensInTurn = flood((tokens, index) => ({ authorization: `Bearer ${tokens[index % tokens.length]}` }));

export const credentials = [
  {
    name: 'unknown keys with a good checksum, from one address',
    connections: 50,
    run: flood(() => ({ 'x-api-key': inventedKey() })),
  },
  {
    name: 'unknown keys with a good checksum, each from another IPv6 /64',
    connections: 50,
    databases: ['sqlite', 'postgres'],
    run: flood(() => ({ 'x-api-key': inventedKey(), 'x-forwarded-for': network() })),
  },
  {
    name: 'unknown tool keys and keys of 500 characters, each from another IPv6 /64',
    connections: 50,
    run: flood((_state, index) => ({
      ...(index % 2
        ? { 'x-tool-key': mint.mintToolKey().key }
        : { 'x-api-key': randomBytes(250).toString('hex') }),
      'x-forwarded-for': network(),
    })),
  },
  {
    name: 'tokens that have expired or have an unknown kid',
    connections: 50,
    prepare: ({ issuer }) => {
      const token = issuer.tokenFor('mallory@example.com', 3_600);
      const expired = () => issuer.tokenFor(`${randomUUID()}@example.com`, 60, Date.now() - day);
      return list(2_000, (_, index) => (index % 2 ? expired() : forged(token, { kid: randomUUID() })));
    },
    run: tokensInTurn,
  },
  {
    name: 'tokens of an issuer whose keys cannot be fetched, each with another kid',
    connections: 50,
    prepare: ({ hangingIssuer }) => list(300, () => hangingIssuer.forgedToken(randomUUID())),
    run: tokensInTurn,
  },
  {
    name: 'tokens of 15 kB with a wrong signature',
    connections: 50,
    prepare: ({ issuer }) => {
      const [head, claims] = issuer.tokenFor('mallory@example.com', 3_600).split('.');
      return list(20, () => `${head}.${claims}.${randomBytes(11_000).toString('base64url')}`);
    },
    run: tokensInTurn,
  },
];

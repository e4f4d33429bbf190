import type { AuthModuleOptions } from '../auth.options.js';
import { defaultHeaders, isHeaderName, reservedHeaders } from '../../support/header-names.js';
import { securitySchemes } from '../security-schemes.js';
import type { CustomCredential } from './custom-credential.js';

const nameShape = /^[a-z][a-z0-9_-]{0,31}$/;
const longestSeconds = 3_600;
const takenNames: readonly string[] = Object.values(securitySchemes);

/** Throws an `Error` that names everything that is wrong with the credentials of the application, and what to write. */
export function checkCustomCredentials(
  credentials: readonly CustomCredential[],
  options: AuthModuleOptions,
): void {
  const faults = credentials.flatMap((credential, index) => [
    ...faultsOf(credential, options),
    ...faultsBeside(credential, credentials.slice(0, index)),
  ]);
  if (faults.length === 0) return;
  throw new Error(['The credentials of AuthModule are invalid:', ...faults].join('\n  '));
}

function faultsOf(credential: CustomCredential, options: AuthModuleOptions): string[] {
  const { name, rememberedForSeconds } = credential;
  const of = credential.constructor.name;
  const isNamed = typeof name === 'string' && nameShape.test(name) && !takenNames.includes(name);
  const isBounded = rememberedForSeconds >= 0 && rememberedForSeconds <= longestSeconds;
  const faults: readonly (string | undefined)[] = [
    isNamed
      ? undefined
      : `name is 1 to 32 of a-z, 0-9, _ and -, a letter first, and not ${takenNames.join(', ')}.`,
    isBounded ? undefined : `rememberedForSeconds is 0 to ${longestSeconds}.`,
    faultOfPlace(credential.place, options),
  ];
  return faults.filter((fault) => fault !== undefined).map((fault) => `${of}: ${fault}`);
}

function faultOfPlace(place: CustomCredential['place'], options: AuthModuleOptions): string | undefined {
  const given = Object.entries(place ?? {}).filter(([, value]) => value !== undefined);
  const [[kind, text] = []] = given;
  if (given.length !== 1 || !['header', 'cookie', 'scheme'].includes(kind ?? '') || !isHeaderName(text))
    return `place is one of { header: 'X-Client-Cert' }, { cookie: 'session' } and { scheme: 'Basic' }.`;
  if (kind === 'scheme') return faultOfScheme(text.toLowerCase(), options);
  return kind === 'header' ? faultOfHeader(text.toLowerCase(), options) : undefined;
}

function faultOfScheme(scheme: string, { basicAuth = false }: AuthModuleOptions): string | undefined {
  if (scheme === 'bearer')
    return `place is the scheme Bearer, which is that of tokens and keys: use a scheme or a header of its own.`;
  return scheme === 'basic' && basicAuth
    ? `place is the scheme Basic, in which basicAuth looks for keys: leave out one of the two.`
    : undefined;
}

function faultOfHeader(header: string, options: AuthModuleOptions): string | undefined {
  if (header === 'authorization')
    return `place is all of "authorization", which tokens and keys come in: write { scheme: 'Basic' }, or the scheme that it has.`;
  if (header === 'cookie')
    return `place is all of "cookie": write { cookie: 'session' }, with the name of one.`;
  const { apiKeyHeaders = defaultHeaders.apiKey, toolKeyHeaders = defaultHeaders.toolKey } = options;
  const { ownerHeader = defaultHeaders.owner } = options;
  const used = [
    ...reservedHeaders,
    ...[...apiKeyHeaders, ...toolKeyHeaders, ownerHeader].map((one) => one.toLowerCase()),
  ];
  return used.includes(header)
    ? `place is the header "${header}", which has another meaning: use one of its own, like { header: 'X-Client-Cert' }.`
    : undefined;
}

function faultsBeside({ name, place }: CustomCredential, others: readonly CustomCredential[]): string[] {
  const where = placeName(place);
  const sameName = others.find((other) => other.name === name);
  const samePlace = others.find((other) => placeName(other.place) === where);
  return [
    ...(sameName === undefined ? [] : [`Two credentials have the name "${name}": give each its own.`]),
    ...(samePlace === undefined
      ? []
      : [`${samePlace.name} and ${name} are both looked for in ${where}: give each its own place.`]),
  ];
}

/** The names of cookies are the only ones whose letter case counts. */
function placeName(place: CustomCredential['place'] | undefined): string {
  const { header, cookie, scheme } = place ?? {};
  if (cookie !== undefined) return `the cookie "${cookie}"`;
  return header === undefined
    ? `Authorization: ${String(scheme).toLowerCase()}`
    : `the header "${String(header).toLowerCase()}"`;
}

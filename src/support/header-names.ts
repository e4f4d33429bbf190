/** RFC 9110 §5.1: a field name is a token. */
const token = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/i;

/** They mean something else already, to us or to HTTP. */
export const reservedHeaders: readonly string[] = [
  'authorization',
  'cookie',
  'host',
  'proxy-authorization',
  'x-agent-context',
];

export function isHeaderName(name: unknown): name is string {
  return typeof name === 'string' && token.test(name);
}

interface Headers {
  readonly apiKeyHeaders: unknown;
  readonly toolKeyHeaders: unknown;
  readonly ownerHeader: unknown;
}

/** What is wrong with the names of headers, in sentences. */
export function faultsOfHeaders({ apiKeyHeaders, toolKeyHeaders, ownerHeader }: Headers): string[] {
  const faults = [
    ...faultsOfList('apiKeyHeaders', 'X-API-Key', apiKeyHeaders),
    ...faultsOfList('toolKeyHeaders', 'X-Tool-Key', toolKeyHeaders),
    ...faultsOfOwnerHeader(ownerHeader),
  ];
  if (faults.length > 0) return faults;
  const forKeys = lowerCase(apiKeyHeaders as string[]);
  const forTools = lowerCase(toolKeyHeaders as string[]);
  const forOwner = (ownerHeader as string).toLowerCase();
  return [
    ...forKeys
      .filter((name) => forTools.includes(name))
      .map(
        (name) =>
          `"${name}" is in apiKeyHeaders and in toolKeyHeaders: give each kind of key its own header.`,
      ),
    ...([...forKeys, ...forTools].includes(forOwner)
      ? [`"${forOwner}" is ownerHeader and the header of a key: give each its own.`]
      : []),
  ];
}

function faultsOfOwnerHeader(name: unknown): string[] {
  if (!isHeaderName(name))
    return [`ownerHeader is ${JSON.stringify(name)}, which is no header name: leave it out for X-Owner-Id.`];
  return reservedHeaders.includes(name.toLowerCase())
    ? [`ownerHeader is "${name.toLowerCase()}", which has another meaning: leave it out for X-Owner-Id.`]
    : [];
}

function faultsOfList(option: string, example: string, names: unknown): string[] {
  const isList = Array.isArray(names) && names.length > 0;
  if (!isList) return [`${option} is a list of at least one header name: leave it out for ${example}.`];
  const wrong = names.filter((name) => !isHeaderName(name));
  if (wrong.length > 0)
    return [
      `${option} holds ${JSON.stringify(wrong[0])}, which is no header name: write it like '${example}'.`,
    ];
  const known = lowerCase(names as string[]);
  const repeated = known.find((name, index) => known.indexOf(name) !== index);
  const reserved = known.find((name) => reservedHeaders.includes(name));
  return [
    ...(repeated === undefined
      ? []
      : [`${option} names "${repeated}" twice; letter case makes no difference.`]),
    ...(reserved === undefined
      ? []
      : [
          `${option} holds "${reserved}", which has another meaning: use a header of your own, like '${example}'.`,
        ]),
  ];
}

function lowerCase(names: readonly string[]): string[] {
  return names.map((name) => name.toLowerCase());
}

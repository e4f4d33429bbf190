/** RFC 9110 §5.1: a field name is a token. */
const token = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/i;

/** They mean something else already, to us or to HTTP. */
const taken = ['authorization', 'cookie', 'host', 'proxy-authorization', 'x-agent-context'];

interface KeyHeaders {
  readonly apiKeyHeaders: unknown;
  readonly toolKeyHeaders: unknown;
}

/** What is wrong with the names of the headers of keys, in sentences. */
export function faultsOfHeaders({ apiKeyHeaders, toolKeyHeaders }: KeyHeaders): string[] {
  const faults = [
    ...faultsOfList('apiKeyHeaders', 'X-API-Key', apiKeyHeaders),
    ...faultsOfList('toolKeyHeaders', 'X-Tool-Key', toolKeyHeaders),
  ];
  if (faults.length > 0) return faults;
  const forTools = lowerCase(toolKeyHeaders as string[]);
  return lowerCase(apiKeyHeaders as string[])
    .filter((name) => forTools.includes(name))
    .map(
      (name) => `"${name}" is in apiKeyHeaders and in toolKeyHeaders: give each kind of key its own header.`,
    );
}

function faultsOfList(option: string, example: string, names: unknown): string[] {
  const isList = Array.isArray(names) && names.length > 0;
  if (!isList) return [`${option} is a list of at least one header name: leave it out for ${example}.`];
  const wrong = names.filter((name) => typeof name !== 'string' || !token.test(name));
  if (wrong.length > 0)
    return [
      `${option} holds ${JSON.stringify(wrong[0])}, which is no header name: write it like '${example}'.`,
    ];
  const known = lowerCase(names as string[]);
  const repeated = known.find((name, index) => known.indexOf(name) !== index);
  const reserved = known.find((name) => taken.includes(name));
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

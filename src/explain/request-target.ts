const printable = /^\/[\x21-\x22\x24-\x7e]*$/;

/** True for a path, perhaps with a query string, as it may stand in a request: encoded, and without a fragment. */
export function isRequestTarget(text: string): boolean {
  if (!printable.test(text)) return false;
  try {
    decodeURI(text);
    return true;
  } catch {
    return false;
  }
}

/** A path without its query string, and what that says: a list where a name is repeated. */
export function splitTarget(target: string): {
  readonly path: string;
  readonly query: Readonly<Record<string, string | string[]>>;
} {
  const [path = '', ...rest] = target.split('?');
  const parameters = new URLSearchParams(rest.join('?'));
  const query = Object.fromEntries(
    [...new Set(parameters.keys())].map((name) => {
      const values = parameters.getAll(name);
      return [name, values.length === 1 ? (values[0] as string) : values];
    }),
  );
  return { path, query };
}

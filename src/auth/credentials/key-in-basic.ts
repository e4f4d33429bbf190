const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The key in what follows `Basic` (RFC 7617 §2): the password, or the user name where the password is empty. Empty for
 * what is not the base64 of UTF-8 with a colon in it, which is a bad credential and not an absent one.
 */
export function keyInBasic(encoded: string): string {
  const text = decode(encoded);
  const colon = text.indexOf(':');
  if (colon === -1) return '';
  return text.slice(colon + 1) || text.slice(0, colon);
}

/** Buffer skips what is no base64: only one spelling of each text counts. */
function decode(encoded: string): string {
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded) return '';
  try {
    return utf8.decode(bytes);
  } catch {
    return '';
  }
}

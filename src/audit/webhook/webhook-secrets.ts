export const webhookSecretRule =
  'must be whsec_ and 24 to 64 random bytes in base64; while it is changed, both with a space between them';

const marker = 'whsec_';
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/** The keys in the spelling of Standard Webhooks, separated by spaces; `undefined` when one of them is none. */
export function parseWebhookSecrets(text: unknown): Buffer[] | undefined {
  if (typeof text !== 'string') return undefined;
  const keys = text.split(' ').map(keyOf);
  return keys.every((key) => key !== undefined) ? keys : undefined;
}

function keyOf(secret: string): Buffer | undefined {
  const body = secret.slice(marker.length);
  if (!secret.startsWith(marker) || !base64.test(body)) return undefined;
  const key = Buffer.from(body, 'base64');
  return key.length >= 24 && key.length <= 64 ? key : undefined;
}

export const webhookUrlRule =
  'must be an https URL (http for a loopback host only) without a user name and a password';

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** True for where events may be sent to: they tell of people, so nobody on the way may read them. */
export function isWebhookUrl(text: unknown): text is string {
  if (typeof text !== 'string' || !URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && loopback.test(hostname));
}

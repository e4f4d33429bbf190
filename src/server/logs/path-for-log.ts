import { redact, redacted } from '../../support/redact.js';

const mostRead = 2_000;
const mostShown = 300;
const email = /[^/]*(?:@|%(?:25)*40)[^/]*/gi;

/** The path of a URL as it may stand in a log: without its query, credentials and e-mail addresses, at most 300 characters. */
export function pathForLog(url: string): string {
  const end = url.search(/[?#]/);
  const path = redact((end === -1 ? url : url.slice(0, end)).slice(0, mostRead)).replace(email, redacted);
  return path.length > mostShown ? `${path.slice(0, mostShown)}…` : path;
}

import { validationFailed } from '../../http/validation-failed.js';
import { isScope, type Scope } from '../../principal/scopes.js';

/** Where proxies ask whether a request may pass. */
export const gatePath = '/api/v1/auth/check';

/** What the operator has configured, up to `/-`. The client's path and query come after it. */
const prefixForm = /^\/api\/v1\/auth\/check(?:\/scopes\/([^/?#]*))?\/-(?:[/?#]|$)/;
const queryForm = /^\/api\/v1\/auth\/check(?:\?scopes=([^&#]*))?$/;

const mostScopes = 100;

/**
 * The URL of a question to the gate, in its one form with a query; `undefined` for any other URL. Nothing of a client's
 * path or query is in it, so neither can add to the question, change it, or be refused for how it is encoded.
 */
export function gateUrlOf(url: string): string | undefined {
  if (!url.startsWith(gatePath)) return undefined;
  const found = prefixForm.exec(url);
  if (found !== null) return found[1] === undefined ? gatePath : `${gatePath}?scopes=${found[1]}`;
  return url.length === gatePath.length || url[gatePath.length] === '?' ? url : undefined;
}

/**
 * The scopes that the URL of a question asks for. Throws `VALIDATION_FAILED` unless the whole URL is understood: a gate
 * that overlooked a misspelt parameter would be an open one.
 */
export function scopesAskedIn(url: string): readonly Scope[] {
  const found = queryForm.exec(gateUrlOf(url) ?? '');
  if (found === null)
    throw validationFailed([{ path: ['query'], message: 'Only scopes may be in it, and once.' }]);
  return found[1] === undefined ? [] : readScopes(found[1]);
}

function readScopes(encoded: string): readonly Scope[] {
  const scopes = decode(encoded).split(/[\s,]+/);
  if (scopes.length <= mostScopes && scopes.every(isScope)) return scopes;
  const message = `must be 1 to ${mostScopes} scopes resource:action, separated by commas`;
  throw validationFailed([{ path: ['scopes'], message }]);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return '';
  }
}

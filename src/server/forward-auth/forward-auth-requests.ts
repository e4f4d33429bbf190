import { maxBodyBytes } from '../../support/json.js';
import { validationFailed } from '../../http/validation.js';
import { isScope, type Scope, scopeRule } from '../../principal/scopes.js';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { drainBeforeClose } from '../http/connection.js';

/** Where proxies ask whether a request may pass. */
export const forwardAuthPath = '/api/v1/auth/check';

/** What the operator has configured, up to `/-`. The client's path and query come after it. */
const prefixForm = /^\/api\/v1\/auth\/check(?:\/scopes\/([^/?#]*))?\/-(?:[/?#]|$)/;
const queryForm = /^\/api\/v1\/auth\/check(?:\?scopes=([^&#]*))?$/;

const mostScopes = 100;

/**
 * The URL of a question to the gate, in its one form with a query; `undefined` for any other URL. Nothing of a client's
 * path or query is in it, so neither can add to the question, change it, or be rejected for how it is encoded.
 */
function forwardAuthUrl(url: string): string | undefined {
  if (!url.startsWith(forwardAuthPath)) return undefined;
  const found = prefixForm.exec(url);
  if (found !== null)
    return found[1] === undefined ? forwardAuthPath : `${forwardAuthPath}?scopes=${found[1]}`;
  return url.length === forwardAuthPath.length || url[forwardAuthPath.length] === '?' ? url : undefined;
}

/**
 * The scopes that the URL of a question asks for. Throws `VALIDATION_FAILED` unless the whole URL is understood: a gate
 * that overlooked a misspelt parameter would be an open one.
 */
export function requestedScopes(url: string): readonly Scope[] {
  const found = queryForm.exec(forwardAuthUrl(url) ?? '');
  if (found === null)
    throw validationFailed([{ path: ['query'], message: 'Only scopes can be in the query, and only once.' }]);
  return found[1] === undefined ? [] : readScopes(found[1]);
}

function readScopes(encoded: string): readonly Scope[] {
  const scopes = decode(encoded).split(/[\s,]+/);
  if (scopes.length <= mostScopes && scopes.every(isScope)) return scopes;
  const message = `must be 1 to ${mostScopes} scopes separated by commas: ${scopeRule}`;
  throw validationFailed([{ path: ['scopes'], message }]);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return '';
  }
}

/**
 * For Fastify's `rewriteUrl`. Some proxies ask with the method, path, query and body of the client's request: whatever
 * they are, the question is a GET without them.
 */
export function rewriteForwardAuthUrl(request: IncomingMessage): string {
  const { url = '' } = request;
  const gateUrl = forwardAuthUrl(url);
  if (gateUrl === undefined) return url;
  request.method = 'GET';
  return gateUrl;
}

/**
 * The body of a question is never read, only skipped. The connection ends with the answer where the body is too long for
 * that, or does not say how long it is. To be called before routes are registered.
 */
export function skipForwardAuthBodies(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (route.url === forwardAuthPath) route.onRequest = closeAfterLongBody;
  });
}

function closeAfterLongBody({ raw }: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = raw.headers;
  if (coding !== undefined || Number(length) > maxBodyBytes) {
    drainBeforeClose(raw.socket);
    reply.header('Connection', 'close');
  }
  done();
}

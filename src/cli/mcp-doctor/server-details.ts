import { isLoopback } from '../http/addresses.js';
import { type Json, textsOf } from './documents.js';
import { shown, shownList, type Visit } from './visit.js';

/** Where a client sends the person and its requests. */
export function judgeEndpoints(visit: Visit, json: Json): void {
  for (const name of ['authorization_endpoint', 'token_endpoint', 'registration_endpoint'] as const) {
    const value = json[name];
    if (value === undefined) {
      if (name !== 'registration_endpoint')
        visit.problem('server', 'LACKS_ENDPOINT', `It has no ${name}: no person can log in there.`);
      continue;
    }
    const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
    if (url === undefined) visit.problem('server', 'BAD_ENDPOINT', `${name} is no URL: ${shown(value)}`);
    else if (url.protocol !== 'https:' && !isLoopback(url))
      visit.problem('server', 'ENDPOINT_NOT_HTTPS', `${name} is not https: ${shown(value)}`);
  }
}

/** The authorization code flow with PKCE, which is the only one of MCP clients. */
export function judgeFlow(visit: Visit, json: Json): void {
  judgePkce(visit, json['code_challenge_methods_supported']);
  const responses = textsOf(json['response_types_supported']) ?? [];
  if (!responses.includes('code'))
    visit.problem(
      'server',
      'NO_CODE',
      `response_types_supported is ${shown(json['response_types_supported'])}, without code.`,
    );
  const grants = textsOf(json['grant_types_supported']);
  if (grants !== undefined && !grants.includes('authorization_code'))
    visit.problem(
      'server',
      'NO_CODE_GRANT',
      `grant_types_supported has no authorization_code: ${shownList(grants)}`,
    );
  if (grants !== undefined && !grants.includes('refresh_token'))
    visit.note(
      'server',
      'NO_REFRESH',
      'grant_types_supported has no refresh_token: people log in again whenever their token expires.',
    );
  judgeResourceBinding(visit, json);
}

function judgePkce(visit: Visit, value: unknown): void {
  if (value === undefined)
    return visit.problem(
      'server',
      'NO_PKCE',
      'It has no code_challenge_methods_supported. Clients must refuse to go on, even where PKCE works: announce ["S256"].',
    );
  const methods = textsOf(value);
  if (methods?.includes('S256') !== true)
    return visit.problem(
      'server',
      'NO_S256',
      `code_challenge_methods_supported is ${shown(value)}, without S256.`,
    );
  visit.good('server', 'HAS_PKCE', 'It has PKCE with S256.');
  if (methods.includes('plain'))
    visit.note('server', 'PLAIN_PKCE', 'It allows PKCE with plain, too, which protects less.');
}

/** Whether tokens are bound to the resource cannot be seen before a login. */
function judgeResourceBinding(visit: Visit, json: Json): void {
  const resources = textsOf(json['protected_resources']);
  if (resources !== undefined && !resources.includes(visit.given))
    visit.problem(
      'server',
      'NOT_ITS_RESOURCE',
      `protected_resources (RFC 9728 §4) does not have ${shown(visit.given)}: ${shownList(resources)}`,
    );
  visit.note(
    'server',
    'RESOURCE_PARAMETER',
    `Clients send resource=${shown(visit.given)} (RFC 8707). Whether the server takes it, and puts it into the audience of the token, shows only at a login.`,
  );
  if (json['authorization_response_iss_parameter_supported'] !== true)
    visit.note(
      'server',
      'NO_ISS',
      'It does not announce iss in its responses (RFC 9207), which protects clients of several servers from mixing them up.',
    );
}

import { type Json, textsOf } from './documents.js';
import { shownList, type Visit } from './visit.js';

/** How a client becomes known to the authorization server, and proves who it is. */
export function judgeClients(visit: Visit, json: Json): void {
  const hasDocuments = json['client_id_metadata_document_supported'] === true;
  const hasRegistration = json['registration_endpoint'] !== undefined;
  judgeRegistration(visit, hasDocuments, hasRegistration);
  // RFC 8414 §2: by default only client_secret_basic.
  const methods = textsOf(json['token_endpoint_auth_methods_supported']) ?? ['client_secret_basic'];
  if (methods.includes('none'))
    return visit.good(
      'server',
      'HAS_PUBLIC_CLIENTS',
      'It has public clients (token_endpoint_auth_methods_supported: none).',
    );
  const listed = `token_endpoint_auth_methods_supported is ${shownList(methods)}, without none`;
  if (hasDocuments && !hasRegistration)
    return visit.problem(
      'server',
      'NO_PUBLIC_CLIENTS',
      `${listed}. A client that is known by its metadata document has no secret.`,
      methods.includes('private_key_jwt') ? ['claude', 'ide', 'browser'] : undefined,
    );
  visit.problem(
    'server',
    'NO_PUBLIC_CLIENTS',
    `${listed}. Programs on the machine of a person, and pages, cannot keep a secret.`,
    ['ide', 'browser'],
  );
}

function judgeRegistration(visit: Visit, hasDocuments: boolean, hasRegistration: boolean): void {
  if (!hasDocuments && !hasRegistration)
    return visit.problem(
      'server',
      'NO_REGISTRATION',
      'It knows neither client ID metadata documents nor dynamic registration: each client needs an id that you register and a person enters.',
    );
  if (!hasDocuments)
    return visit.note(
      'server',
      'ONLY_DYNAMIC',
      'Clients register dynamically, which is deprecated since revision 2026-07-28; Claude registers anew for each connection. Client ID metadata documents need no registration.',
    );
  visit.good('server', 'HAS_CLIENT_DOCUMENTS', 'Clients are known by their metadata documents.');
  if (!hasRegistration)
    visit.stumble(
      'server',
      'NO_DYNAMIC',
      'It has no dynamic registration: clients of revisions before 2025-11-25 need an id that you register.',
      ['ide', 'browser'],
    );
}

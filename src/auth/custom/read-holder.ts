import { holdsCredential } from '../../support/holds-credential.js';
import { isPlainText } from '../../support/plain-text.js';
import { readMembership } from '../owners/read-membership.js';
import type { CredentialHolder } from './custom-credential.js';

/**
 * Who a `CustomCredential` says the credential stands for, `undefined` for a bad one; throws an `Error` for an answer that
 * makes no sense.
 */
export function readHolder(answer: CredentialHolder | null | undefined): CredentialHolder | undefined {
  if (answer === undefined || answer === null) return undefined;
  const { person, program } = answer;
  if ((person === undefined) === (program === undefined))
    throw new Error('It answered with neither a person nor a program, or with both.');
  const { role, scopes } = readGrants(answer);
  if (person !== undefined) return { person: readPerson(person), role, scopes };
  return { program: readProgram(program), role, scopes };
}

/** The rules are those of a membership; whose it is plays no part. */
function readGrants({ role, scopes }: CredentialHolder) {
  const { ownerId: _any, ...grants } = readMembership({ ownerId: 'any', role, scopes }) ?? { ownerId: 'any' };
  return grants;
}

function readPerson({ issuer, subject, email = null }: NonNullable<CredentialHolder['person']>) {
  requireText('an issuer', issuer, 1_000);
  requireText('a subject', subject, 255);
  if (email !== null) requireText('an email', email, 320);
  return { issuer, subject, email };
}

function readProgram({ id, ownerId }: NonNullable<CredentialHolder['program']>) {
  requireText('an id of the program', id, 100);
  const membership = readMembership({ ownerId });
  return { id, ownerId: membership?.ownerId ?? ownerId };
}

function requireText(what: string, text: unknown, most: number): void {
  const isText = typeof text === 'string' && text !== '' && text.length <= most && isPlainText(text);
  if (!isText) throw new Error(`It answered without ${what} of 1 to ${most} characters.`);
  if (holdsCredential(text)) throw new Error(`It answered with a credential for ${what}.`);
}

import { createReadStream } from 'node:fs';
import { UsageError } from '../commands/command.js';
import { kindOf, unreadable } from '../commands/named-file.js';

/** The environment variable of a credential: an argument would show it to every user of the machine. */
export const credentialVariable = 'GATEHOUSE_CREDENTIAL';

const mostBytes = 16_384;

/**
 * The credential in a file, in standard input (`-`), or else in the environment. Throws a `UsageError`, which never repeats it,
 * for none, and for text that no header can carry.
 */
export async function givenCredential(file: string | undefined): Promise<string> {
  const text = file === undefined ? process.env[credentialVariable] : await textOf(file);
  if (text === undefined || text.trim() === '')
    throw new UsageError(`There is no credential: set ${credentialVariable}, or name --credential-file`);
  const credential = text.replace(/\r?\n$/, '');
  if (!/^[\x21-\x7e]+$/.test(credential))
    throw new UsageError('The credential must be one line of visible ASCII characters, and nothing else');
  return credential;
}

async function textOf(file: string): Promise<string> {
  if (file !== '-' && kindOf(file) === 'folder') throw new UsageError('--credential-file: must be a file');
  const stream = file === '-' ? process.stdin : createReadStream(file);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > mostBytes) throw new UsageError('--credential-file: is too long for a credential');
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof UsageError ? error : unreadable(file, error);
  }
  return Buffer.concat(chunks).toString('utf8');
}

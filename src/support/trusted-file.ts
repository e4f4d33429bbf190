import type { Stats } from 'node:fs';

type Rights = Pick<Stats, 'uid' | 'mode'>;

/**
 * What speaks against a private file that was there already: whoever else may have put it there, or written to it, would
 * choose our keys. Trusted are this user, root, and the owner of a folder that nobody else may write to. `undefined` for a
 * good one, and where files have no owners.
 */
export function faultOfFile(file: Rights, folder: Rights): string | undefined {
  const user = process.getuid?.();
  if (user === undefined) return undefined;
  const trusted = [user, 0, ...((folder.mode & 0o022) === 0 ? [folder.uid] : [])];
  if (!trusted.includes(file.uid))
    return `it belongs to another user (uid ${file.uid}), who may have planted it`;
  const isWritable = (file.mode & 0o022) !== 0 && (folder.mode & 0o011) !== 0;
  return isWritable ? 'other users may write to it, and may have chosen what is in it' : undefined;
}

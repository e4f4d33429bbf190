import { fchmodSync, fstatSync, type Stats } from 'node:fs';

type Rights = Pick<Stats, 'uid' | 'gid' | 'mode'>;

/**
 * Why a private file that exists already is not trusted: another user who created it or can write to it could choose
 * its contents. This user, root, and the owner of a folder that no one else can write to are trusted, and so is a group that
 * was given the file. `undefined` if the file is trusted, and on systems without file owners.
 */
export function untrustedReason(file: Rights, folder: Rights): string | undefined {
  const user = process.geteuid?.();
  if (user === undefined) return undefined;
  const trusted = [user, 0, ...((folder.mode & 0o022) === 0 ? [folder.uid] : [])];
  if (!trusted.includes(file.uid))
    return `it belongs to another user (uid ${file.uid}), who may have planted it`;
  const writers = file.mode & (isShared(file, folder) ? 0o002 : 0o022);
  const isWritable = writers !== 0 && (folder.mode & 0o011) !== 0;
  return isWritable ? 'other users may write to it, and may have chosen what is in it' : undefined;
}

/** Whether a group of this process was given the file: by root, or with the folder, as Kubernetes (`fsGroup`) and CIFS do. */
function isShared(file: Rights, folder: Rights): boolean {
  const isFoldersGroup = file.gid === folder.gid && (folder.mode & 0o020) !== 0;
  if (process.geteuid?.() === 0) return isFoldersGroup;
  const isOurs = [process.getegid?.(), ...(process.getgroups?.() ?? [])].includes(file.gid);
  return isOurs && (isFoldersGroup || file.uid === 0);
}

/** Whether root shares the file with the group of a service: to make it private would shut the service out. */
export function isForGroup(file: Rights, folder: Rights): boolean {
  return file.uid === 0 && file.gid !== 0 && (file.mode & 0o022) === 0o020 && isShared(file, folder);
}

/**
 * Gives an open file of this user mode 0600. Leaves one that root shares with a group, or whose mode cannot be changed, and returns
 * what to say about it.
 */
export function makePrivate(descriptor: number, folder: Rights): string | undefined {
  const stats = fstatSync(descriptor);
  const user = process.geteuid?.() ?? stats.uid;
  if ((stats.mode & 0o077) === 0) return undefined;
  if (isForGroup(stats, folder)) return stays(stats, 'to the group that may use it');
  if (user !== 0 && stats.uid !== user) return undefined;
  try {
    fchmodSync(descriptor, 0o600);
  } catch (error) {
    return stays(stats, `as its mode cannot be changed (${(error as NodeJS.ErrnoException).code})`);
  }
  const after = fstatSync(descriptor);
  return (after.mode & 0o077) === 0 ? undefined : stays(after, 'as its file system keeps no modes');
}

function stays({ uid, gid, mode }: Rights, why: string): string {
  return `stays open (uid ${uid}, gid ${gid}, mode ${(mode & 0o777).toString(8)}) ${why}.`;
}

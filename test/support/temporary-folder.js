import { existsSync, statfsSync } from 'node:fs';

/**
 * Imported by Jest's configuration, for all of its processes: temporary folders are in memory, if there is room. SQLite
 * waits for the disk at each commit, and nothing in the tests has to survive a power cut.
 */
const memory = '/dev/shm';
if (existsSync(memory)) {
  const { bavail, bsize } = statfsSync(memory);
  if (bavail * bsize > 2 * 1024 ** 3) process.env.TMPDIR = memory;
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Login } from '../../login.js';
import { tellStory } from './story.js';
import { issuersOf, type Start } from './start-options.js';

/** Starts an application on a database of its own that is gone afterwards, and plays the story with it. */
export async function demo(start: Start): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-notes-'));
  const login = new Login();
  const databaseUrl = join(folder, 'notes.db');
  try {
    const issuers = issuersOf(login);
    const { url, close } = await start({ port: 0, databaseUrl, issuers, logger: ['error'] });
    await tellStory(url, login, console.log).finally(close);
  } finally {
    await rm(folder, { recursive: true });
  }
}

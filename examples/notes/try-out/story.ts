import {
  type ClientCredential,
  createGatehouseClient,
  dataOf,
  hasCode,
  type paths,
} from 'nestjs-gatehouse/client';
import type { Login } from '../../login.js';
import type { NotesPaths } from './notes-paths.js';

/** Uses the application over HTTP and prints what happens. Rejects if the result is wrong. */
export async function tellStory(baseUrl: string, login: Login, say: (line: string) => void): Promise<void> {
  const clientOf = (credential: ClientCredential) =>
    createGatehouseClient<paths & NotesPaths>({ baseUrl, credential });

  // Two people come with the tokens of their identity provider. The first request makes each of them an owner.
  const ada = clientOf({ token: login.person('ada@example.com').token });
  const bob = clientOf({ token: login.person('bob@example.com').token });
  const { id } = await dataOf(ada.POST('/notes', { body: { text: 'Buy milk' } }));
  const foreign = await bob.GET('/notes/{id}', { params: { path: { id } } });
  const none = await dataOf(bob.GET('/notes'));
  say(`Ada writes a note. For Bob it does not exist: ${codeOf(foreign)}, and he has ${none.length} notes`);

  // A program comes with an API key that Ada made for it, and may do what she gave it.
  const settings = { name: 'nightly export', scopes: ['notes:read'] };
  const { key: apiKey = '' } = await dataOf(ada.POST('/api/v1/api-keys', { body: settings }));
  const program = clientOf({ apiKey });
  const read = await dataOf(program.GET('/notes'));
  const unwritten = await program.POST('/notes', { body: { text: 'Not mine to write' } });
  const missing = hasCode(unwritten.error, 'INSUFFICIENT_SCOPE') ? unwritten.error.details.missing : [];
  say(`Her program reads ${read.length} note, and to write it lacks ${missing.join()}`);

  // An agent comes with a tool key for one task, and leaves with the task.
  const request = { taskId: 'shopping', scopes: ['notes:read', 'notes:write'], ttlSeconds: 600 };
  const { key: toolKey = '' } = await dataOf(ada.POST('/api/v1/tool-keys', { body: request }));
  const agent = clientOf({ toolKey });
  const { writtenBy } = await dataOf(agent.POST('/notes', { body: { text: 'Milk is bought' } }));
  const kept = await agent.DELETE('/notes');
  say(`A note is written by ${writtenBy}. It may not throw all of them away: ${codeOf(kept)}`);
  const task = { params: { path: { taskId: request.taskId } } };
  await dataOf(ada.DELETE('/api/v1/tasks/{taskId}/tool-keys', task));
  say(`The task ends, and the agent's key with it: ${codeOf(await agent.GET('/notes'))}`);

  const notes = await dataOf(ada.GET('/notes'));
  say(`Ada has ${notes.map((note) => `"${note.text}" by ${note.writtenBy}`).join(', ')}`);
}

function codeOf({ error, response }: { error?: { code: string }; response: Response }): string {
  if (error === undefined) throw new Error('This should have been rejected');
  return `${response.status} ${error.code}`;
}

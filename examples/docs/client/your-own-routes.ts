import { createGatehouseClient, dataOf, type paths } from 'nestjs-gatehouse/client';

interface NotesPaths {
  '/notes': {
    get: { responses: { 200: { content: { 'application/json': { text: string }[] } } } };
  };
}

export async function readNotes(baseUrl: string, toolKey: string): Promise<string[]> {
  const notes = createGatehouseClient<paths & NotesPaths>({ baseUrl, credential: { toolKey } });
  const { taskId } = await dataOf(notes.GET('/api/v1/tool-keys/self'));
  return (await dataOf(notes.GET('/notes'))).map(({ text }) => `${taskId}: ${text}`);
}

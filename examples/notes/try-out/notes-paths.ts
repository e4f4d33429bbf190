import type { components } from 'nestjs-gatehouse/client';
import type { Note } from '../note.entity.js';
import type { NewNote } from '../notes.schemas.js';

interface Json<Body> {
  content: { 'application/json': Body };
}

type Rejected = Json<components['schemas']['Error']>;

interface OneNote {
  parameters: { path: { id: string } };
}

/** The routes of this application, beside those of Gatehouse: what the typed client has to know of them. */
export interface NotesPaths {
  '/notes': {
    get: { responses: { 200: Json<Note[]>; default: Rejected } };
    post: { requestBody: Json<NewNote>; responses: { 201: Json<Note>; default: Rejected } };
    delete: { responses: { 204: { content?: never }; default: Rejected } };
  };
  '/notes/{id}': {
    get: OneNote & { responses: { 200: Json<Note>; default: Rejected } };
    delete: OneNote & { responses: { 204: { content?: never }; default: Rejected } };
  };
}

import { serve } from '../notes/try-out/serve.js';
import { start } from './start.js';

await serve(start, './data/notes-fastify.db');

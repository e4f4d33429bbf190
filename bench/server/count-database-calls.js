import { Database } from '../../dist/database/database.js';
import { answerQuestions } from '../answer-questions.js';
import { DatabaseCalls } from './database-calls.js';
import { listen, openService } from './open-service.js';

// The service with a counter of its database calls.
const [dataDir] = process.argv.slice(2);
const service = await openService(dataDir, { AUTH_FAILURES_PER_MINUTE: '1000000' });
const calls = new DatabaseCalls(service.get(Database));

answerQuestions({
  /** The calls of the database for these requests, one after the other. Rejects unless each has this status. */
  databaseCalls: ({ method, path, headers, body, status }) =>
    calls.during(async () => {
      for (const one of headers) {
        const answer = await service.inject({ method, url: path, headers: one, body });
        if (answer.statusCode !== status)
          throw new Error(`${path} was to answer ${status}, not ${answer.statusCode}`);
      }
    }),
});
process.send(await listen(service));

import type { FastifyReply, FastifyRequest } from 'fastify';
import { validationFailed } from '../../http/validation-failed.js';
import { noteOutcome } from '../logs/request-outcome.js';

/** Answers a URL that the router cannot read, which no filter of Nest gets to see. */
export function answerBadUrl(_error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const answer = validationFailed([{ path: ['url'], message: 'The URL is not valid.' }]);
  noteOutcome(request, answer.code);
  void reply
    .header('X-Request-Id', request.id)
    .status(answer.getStatus())
    .send({ ...(answer.getResponse() as object), requestId: request.id });
}

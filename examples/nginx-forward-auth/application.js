import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

/**
 * Stands for an application that knows nothing of Gatehouse, and in any language: it keeps files by owner. Who that is
 * it trusts from nginx, so only nginx must be able to connect: it listens on this machine only.
 */
export function createApplication() {
  const files = new Map();
  return createServer(async (request, response) => {
    const { method, url, headers } = request;
    const answer = (status, body) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    const owner = headers['x-gatehouse-owner'];
    const place = JSON.stringify([owner, url]);
    if (url === '/whoami') return answer(200, identityIn(headers));
    if (method === 'PUT') {
      files.set(place, await text(request));
      return answer(200, { stored: url });
    }
    if (method === 'DELETE') return files.delete(place) ? answer(200, { deleted: url }) : answer(404, {});
    return files.has(place) ? answer(200, files.get(place)) : answer(404, {});
  });
}

/** Shows what came through. */
function identityIn(headers) {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !/^(host|connection|accept)/.test(name)),
  );
}

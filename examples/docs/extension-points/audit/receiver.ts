import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

export function receive(secret: string, take: (event: { id: string; type: string }) => void) {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const [id, timestamp, signatures] = ['id', 'timestamp', 'signature'].map(
      (name) => `${request.headers[`webhook-${name}`]}`,
    );
    const right = Buffer.from(
      `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`,
    );
    const isRight = `${signatures}`
      .split(' ')
      .map((text) => Buffer.from(text))
      .some((one) => one.length === right.length && timingSafeEqual(one, right));
    const isNew = Math.abs(Date.now() / 1000 - Number(timestamp)) < 300;
    if (!isRight || !isNew) return void response.writeHead(401).end();
    for (const event of JSON.parse(body).data.events) take(event);
    response.writeHead(204).end();
  });
}

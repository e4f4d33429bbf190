import type { Redis } from 'ioredis';
import { TimeoutError } from '../support/timers.js';

/** A server that can never count limits, whatever happens to it: it stops the start. */
export class UnsupportedRedis extends Error {}

/** A setting must be corrected, here or on the server. */
class WrongSetup extends Error {}

/** Keys in all parts of a Cluster, whose nodes own contiguous slots: a node alone does not answer for all of these. */
const spread = [0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23, 40, 41, 42, 43];
const prefix = 'gatehouse:limit:';

/**
 * Rejects if the server cannot count all limits, in the right database. ioredis ignores that a database cannot be selected, and
 * would go on in database 0.
 */
export async function requireUsable(redis: Redis): Promise<void> {
  const { db = 0 } = redis.options;
  if (db !== 0) await redis.select(db);
  await Promise.all(spread.map((part) => redis.eval('return 1', 1, `${prefix}trial:${part}`)));
}

/** What the error of a command means: an `UnsupportedRedis`, an error that names missing rights, or the error itself. */
export async function explainFailure(redis: Redis, error: unknown): Promise<unknown> {
  const said = replyOf(error);
  if (/^ERR.*\bDB index\b/i.test(said))
    return new UnsupportedRedis(`the server has no database ${redis.options.db ?? 0}`);
  if (/^(?:MOVED|ASK|CROSSSLOT) |^ERR.*cluster mode/.test(said))
    return new UnsupportedRedis('the server is a node of a Cluster, which is not supported');
  if (/^ERR unknown command/i.test(said))
    return new UnsupportedRedis(
      'the server has no EVAL: a Sentinel is not supported, nor a proxy without scripts',
    );
  if (/^NOPERM|^ERR.*executing the script/.test(said))
    return new WrongSetup(`its user lacks ${(await missingRights(redis)).join(' ') || 'a right'}`);
  return error;
}

/** In the syntax of an ACL. The commands that it tries change nothing. */
async function missingRights(redis: Redis): Promise<string[]> {
  const key = `${prefix}trial:rights`;
  const commands = [
    ['eval', 'return 1', 1, key],
    ['evalsha', '0'.repeat(40), 1, key],
    ['hmget', key, 'count'],
    ['hset', key, 'count', 0],
    ['hincrby', key, 'count', 0],
    ['pttl', key],
    ['pexpire', key, 1],
    ['time'],
  ] as const;
  const database = redis.options.db ?? 0;
  const all = database === 0 ? commands : [...commands, ['select', database] as const];
  const lacks = await Promise.all(
    all.map(async ([command, ...args]) => {
      const said = await redis.call(command, ...args.map(String)).then(() => '', replyOf);
      if (!said.startsWith('NOPERM')) return [];
      return /\bkeys?\b/.test(said) ? [`~${prefix}*`] : [`+${command}`];
    }),
  );
  return [...new Set(lacks.flat())];
}

function replyOf(error: unknown): string {
  return error instanceof Error && error.name === 'ReplyError' ? error.message : '';
}

const endsOfHandshake =
  /^(?:ECONNRESET|ERR_SSL_\w*(?:CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE))$/;

/** A server that asks for a client certificate ends the connection, with an alert that may be lost. */
export function explainHandshake(error: Error): Error {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (!endsOfHandshake.test(code)) return error;
  return new WrongSetup(`${code}: the server may ask for a client certificate, which is not supported`);
}

/** Why Redis cannot be used. Omits messages of Redis: some repeat the command, which can contain the password. */
export function redisFailureOf(error: unknown): string {
  if (error instanceof TimeoutError || error instanceof UnsupportedRedis || error instanceof WrongSetup)
    return error.message;
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code === 'string') return code;
  const [, reply] = /^([A-Z]+)\b/.exec(replyOf(error)) ?? [];
  return reply === undefined ? 'the connection was lost' : `it answers ${reply}`;
}

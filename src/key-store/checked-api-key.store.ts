import type { QueueOptions } from '../database/fair-queue.js';
import { AuthError } from '../principal/auth-error.js';
import type { Clock } from '../support/clock.js';
import { ExtensionCalls } from '../support/extension-calls.js';
import { withTimeout } from '../support/timers.js';
import type { ApiKeyChanges, ApiKeyStore } from './api-key.store.js';
import { isUnused, withNotices } from './key-notices.js';
import {
  activePersonal,
  isAccessKeyOf,
  isExpiredAt,
  isExpiringAt,
  keyWith,
  many,
  one,
  pageOf,
  readCount,
  requestWith,
} from './store-answers.js';

const readLimit = 5_000;

/**
 * Checks what a custom store returns: a key of another hash, id, user or list, or without a restriction, is a fault. Faults,
 * and reads that take more than 5 s, become 503 `DB_UNAVAILABLE`, and the log names the store. Other members pass through.
 */
export function checkedStore(own: ApiKeyStore, clock: Clock): ApiKeyStore {
  const checks = new StoreChecks(own, new ExtensionCalls(clock), clock);
  return new Proxy(own, {
    get: (store, name) => {
      const value: unknown = Reflect.get(Object.hasOwn(checks.checked, name) ? checks.checked : store, name);
      // Private fields work only on the store itself, not on the proxy.
      return typeof value === 'function' && name !== 'constructor' ? value.bind(store) : value;
    },
  });
}

class StoreChecks {
  readonly checked: Omit<ApiKeyStore, never>;

  constructor(
    private readonly own: ApiKeyStore,
    private readonly faults: ExtensionCalls,
    private readonly clock: Clock,
  ) {
    this.checked = {
      findByHash: (hash, options) =>
        this.read(
          'findByHash',
          () => own.findByHash(hash, options),
          one('hash', (key) => key.hash === hash),
        ),
      find: (id, options) => this.read('find', () => own.find(id, options), keyWith(id)),
      findAll: (ids, options) =>
        this.read(
          'findAll',
          () => own.findAll(ids, options),
          many(ids.length, ({ id }) => ids.includes(id)),
        ),
      findAllByHash: (hashes, options) =>
        this.read(
          'findAllByHash',
          () => own.findAllByHash(hashes, options),
          many(hashes.length, ({ hash }) => hashes.includes(hash)),
        ),
      findActivePersonal: (userId, options) =>
        this.read(
          'findActivePersonal',
          () => own.findActivePersonal(userId, options),
          activePersonal(userId),
        ),
      ...(own.findRequest && {
        findRequest: (id, options) =>
          this.read('findRequest', async () => own.findRequest?.(id, options), requestWith(id)),
      }),
      list: (filter, page) => this.read('list', () => own.list(filter, page), pageOf(filter, page)),
      count: (filter) => this.read('count', () => own.count(filter), readCount),
      findExpired: (now, limit) =>
        this.read('findExpired', () => own.findExpired(now, limit), many(limit, isExpiredAt(now))),
      ...(own.findExpiring && {
        findExpiring: (now, limit) =>
          this.read(
            'findExpiring',
            async () => own.findExpiring?.(now, limit),
            many(limit, isExpiringAt(now)),
          ),
      }),
      ...(own.findUnused && {
        findUnused: (before, limit) =>
          this.read(
            'findUnused',
            async () => own.findUnused?.(before, limit),
            many(limit, (key) => isUnused(key, before)),
          ),
      }),
      revokeAllOf: (userId, end) =>
        this.run(
          'revokeAllOf',
          () => own.revokeAllOf(userId, end),
          many(Infinity, (key) => key.userId === userId),
        ),
      updateAllOf: (userId, settings) =>
        this.run(
          'updateAllOf',
          () => own.updateAllOf(userId, settings),
          () => undefined,
        ),
      change: (work, turn) => this.change(work, turn),
    };
  }

  /** Of a change, which may take longer than a read. */
  private async run<T>(
    method: string,
    action: () => Promise<unknown>,
    readAnswer: (answer: unknown) => T,
  ): Promise<T> {
    try {
      return readAnswer(await action());
    } catch (error) {
      throw error instanceof AuthError ? error : this.faultOf(method, error);
    }
  }

  private async read<T>(
    method: string,
    question: () => Promise<unknown>,
    readAnswer: (answer: unknown) => T,
  ): Promise<T> {
    try {
      return readAnswer(await withTimeout(Promise.resolve(question()), readLimit));
    } catch (error) {
      throw this.faultOf(method, error);
    }
  }

  private async change<T>(
    work: (changes: ApiKeyChanges) => Promise<T>,
    turn: QueueOptions | undefined,
  ): Promise<T> {
    let done: { readonly result: T } | undefined;
    let rejected: { readonly error: unknown } | undefined;
    try {
      await this.own.change(async (changes) => {
        try {
          done = { result: await work(this.checkedChanges(changes)) };
        } catch (error) {
          rejected = { error };
          throw error;
        }
      }, turn);
      if (done === undefined) throw new Error('It resolved before its work was done.');
      return done.result;
    } catch (error) {
      if (rejected?.error === error || error instanceof AuthError) throw error;
      throw this.faultOf('change', error);
    }
  }

  private checkedChanges(changes: ApiKeyChanges): ApiKeyChanges {
    // `KEY_EXISTS` and `USER_NOT_FOUND` are no faults.
    const run = <T>(method: string, action: () => Promise<T>) =>
      this.run(method, action, (answer) => answer as T);
    return {
      lockUser: (userId) => run('lockUser', () => changes.lockUser(userId)),
      lockKey: (id) => run('lockKey', () => changes.lockKey(id)),
      requireActive: (...of) => run('requireActive', () => changes.requireActive(...of)),
      find: (id) => this.read('find', () => changes.find(id), keyWith(id)),
      findActivePersonal: (userId) =>
        this.read('findActivePersonal', () => changes.findActivePersonal(userId), activePersonal(userId)),
      findNewestPersonal: (userId) =>
        this.read(
          'findNewestPersonal',
          () => changes.findNewestPersonal(userId),
          one('user', (key) => key.kind === 'personal' && key.userId === userId),
        ),
      ...(changes.findAccessKeys && {
        findAccessKeys: (userId, now) =>
          this.read(
            'findAccessKeys',
            async () => changes.findAccessKeys?.(userId, now),
            many(Infinity, isAccessKeyOf(userId, now)),
          ),
      }),
      insert: (key) => run('insert', () => changes.insert(key)),
      update: (id, settings) =>
        run('update', () => changes.update(id, withNotices(settings, this.clock.now()))),
      touch: (...use) => run('touch', () => changes.touch(...use)),
      ...(changes.findRequest && {
        findRequest: (id) => this.read('findRequest', async () => changes.findRequest?.(id), requestWith(id)),
      }),
      ...(changes.insertRequest && {
        insertRequest: (request) => run('insertRequest', async () => changes.insertRequest?.(request)),
      }),
      record: (...event) => run('record', () => changes.record(...event)),
    };
  }

  private faultOf(method: string, error: unknown): AuthError {
    return this.faults.failure(`${this.own.constructor.name}.${method}`, error, { code: 'DB_UNAVAILABLE' });
  }
}

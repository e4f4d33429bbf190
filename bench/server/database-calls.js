import { AsyncLocalStorage } from 'node:async_hooks';

/** Counts the database calls of some work, regardless of its duration and of other work. */
export class DatabaseCalls {
  #current = new AsyncLocalStorage();

  constructor(database) {
    for (const name of ['read', 'write']) this.#count(database, name);
  }

  async during(work) {
    const calls = { count: 0 };
    await this.#current.run(calls, work);
    return calls.count;
  }

  #count(database, name) {
    const original = database[name];
    database[name] = (...parameters) => {
      const calls = this.#current.getStore();
      if (calls !== undefined) calls.count += 1;
      return original.apply(database, parameters);
    };
  }
}

import { AsyncLocalStorage } from 'node:async_hooks';

/** Tells how often some work called the database, however long it took and whatever else went on meanwhile. */
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

const asyncHooks = require('node:async_hooks');
const { register } = require('node:module');
const { fileURLToPath, pathToFileURL } = require('node:url');
const { setFlagsFromString } = require('node:v8');

// Most of what tests do, they do only a few times: to optimize it later, or never, saves a sixth of the processor's time.
setFlagsFromString('--interrupt-budget=1000000');

register('./module-hooks.js', pathToFileURL(__filename));
const loadingTranspiler = import('./transpile.js');
let transpile;
let runs = 0;

/** Jest's runtime without a `vm`: modules are Node's own, so that a worker loads the application once for all its test files. */
class NodeRuntime {
  #environment;
  #sourceMaps = new SourceMaps();

  constructor(_config, environment, _resolver, _transformer, _cacheFS, { collectCoverage }) {
    if (collectCoverage) throw new Error('This runtime does not collect coverage');
    this.#environment = environment;
  }

  /** Jest's own parts: the test framework keeps its state in its module, so it is loaded anew for each file. */
  requireInternalModule(path) {
    const original = Object.getOwnPropertyDescriptor(asyncHooks, 'AsyncLocalStorage');
    Object.defineProperty(asyncHooks, 'AsyncLocalStorage', { ...original, value: ContextOfOneTest });
    try {
      delete require.cache[path];
      return require(path);
    } finally {
      Object.defineProperty(asyncHooks, 'AsyncLocalStorage', original);
    }
  }

  requireModule(path) {
    return require(path);
  }

  unstable_shouldLoadAsEsm() {
    return true;
  }

  async unstable_importModule(path) {
    ({ transpile } = await loadingTranspiler);
    runs += 1;
    return import(`${pathToFileURL(path)}?run=${runs}`);
  }

  setGlobalsForRuntime(globals) {
    const jest = createJestObject(this.#environment);
    globalThis[Symbol.for('gatehouse.jest-globals')] = { ...globals, jest };
  }

  getSourceMaps() {
    return this.#sourceMaps;
  }

  getAllCoverageInfoCopy() {}

  enterTestCode() {}

  leaveTestCode() {}

  teardown() {}
}

/**
 * Jest tells by an AsyncLocalStorage which test a promise is of. There would be one more for each file, and Node 20 asks
 * every one of them at each promise. Tests run one after the other, so it is the one that runs.
 */
class ContextOfOneTest {
  #store;

  getStore() {
    return this.#store;
  }

  async run(store, callback) {
    const outer = this.#store;
    this.#store = store;
    try {
      return await callback();
    } finally {
      this.#store = outer;
    }
  }
}

/** The source map of a module, by its URL. They are looked for only when a stack is shown. */
class SourceMaps extends Map {
  get(url) {
    return /^file:.*\.ts(\?.*)?$/.test(url) ? transpile(fileURLToPath(url)).map : undefined;
  }
}

function createJestObject({ moduleMocker, fakeTimersModern: timers }) {
  const jest = {
    fn: moduleMocker.fn.bind(moduleMocker),
    spyOn: moduleMocker.spyOn.bind(moduleMocker),
    replaceProperty: moduleMocker.replaceProperty.bind(moduleMocker),
    mocked: moduleMocker.mocked.bind(moduleMocker),
    isMockFunction: moduleMocker.isMockFunction.bind(moduleMocker),
    /** Node's own streams and sockets need the two queues that are never faked. */
    useFakeTimers: ({ doNotFake = [], ...config } = {}) => {
      timers.useFakeTimers({ ...config, doNotFake: ['nextTick', 'queueMicrotask', ...doNotFake] });
      return jest;
    },
    setTimeout: (milliseconds) => {
      globalThis[Symbol.for('TEST_TIMEOUT_SYMBOL')] = milliseconds;
      return jest;
    },
  };
  for (const name of ['clearAllMocks', 'resetAllMocks', 'restoreAllMocks', 'useRealTimers']) {
    const owner = name in timers ? timers : moduleMocker;
    jest[name] = () => {
      owner[name]();
      return jest;
    };
  }
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(timers))) {
    if (!(name in jest) && !name.startsWith('_')) jest[name] = timers[name].bind(timers);
  }
  return jest;
}

module.exports = NodeRuntime;

/** Stands for `@jest/globals`: what the runtime has made for the test file that imports it. */
export const {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  fdescribe,
  fit,
  it,
  jest,
  test,
  xdescribe,
  xit,
  xtest,
} = globalThis[Symbol.for('gatehouse.jest-globals')];

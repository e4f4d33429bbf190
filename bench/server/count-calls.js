/** Counts the calls of these methods from now on; the function it returns tells how many there were. */
export function countCalls(object, names) {
  let calls = 0;
  for (const name of names) {
    const original = object[name];
    object[name] = function counted(...parameters) {
      calls += 1;
      return original.apply(this, parameters);
    };
  }
  return () => calls;
}

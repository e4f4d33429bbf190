/** Token under which an application provides a `KeyFormat` of its own. */
export const ownKeyFormat = Symbol('own KeyFormat');

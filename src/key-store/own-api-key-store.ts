/** Token under which an application provides an `ApiKeyStore` of its own, in place of the TypeORM one. */
export const ownApiKeyStore = Symbol('own ApiKeyStore');

/** Token under which an application provides an `OwnerResolver` of its own; without one each user has its one owner. */
export const ownOwnerResolver = Symbol('own OwnerResolver');

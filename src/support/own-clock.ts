/** Token under which an application provides a `Clock` of its own, in place of that of the machine. */
export const ownClock = Symbol('own Clock');

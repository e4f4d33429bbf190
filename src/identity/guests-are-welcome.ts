/** Token of `true` in an application where users may act for other owners than their own. */
export const guestsAreWelcome = Symbol('guests are welcome');

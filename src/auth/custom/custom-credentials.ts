/** Token of the credentials that an application has of its own. */
export const customCredentials = Symbol('custom credentials');

/** Token of the strategies that judge them. */
export const customStrategies = Symbol('custom strategies');

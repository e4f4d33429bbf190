export const undecidedRoutesPolicies = ['refuse', 'warn', 'allow'] as const;

/** What becomes of an application in which nobody said who may use a route. */
export type UndecidedRoutesPolicy = (typeof undecidedRoutesPolicies)[number];

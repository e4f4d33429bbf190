/** Token under which the URL of the Redis that shares limits is provided; without it, or with `null`, they are not shared. */
export const limitsRedisUrl = Symbol('URL of the Redis that shares limits');

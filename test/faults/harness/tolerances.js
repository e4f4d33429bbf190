/** No client may notice. */
export const nothing = () => ({ nothing: Infinity, read: Infinity, write: Infinity, issuer: Infinity });

/** While the database is gone: cached state is used for 3 s at least, everything else may fail at once. */
export const databaseGone = () => ({ nothing: 3_000, read: 0, write: 0 });

/** What is known, and what can be looked up, is no matter of writing. */
export const noWrites = () => ({ nothing: Infinity, read: Infinity, write: 0 });

/** Only the tokens of an issuer whose keys were never had cannot be judged. */
export const issuerGone = () => ({ nothing: Infinity, read: Infinity, write: Infinity, issuer: 0 });

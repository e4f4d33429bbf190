/** Why one key of a file cannot be imported. The message never repeats a value: it may be a key. */
export class BadLine extends Error {}

/** The file as a whole cannot be read, or not in the format it is said to be in. */
export class BadFile extends Error {}

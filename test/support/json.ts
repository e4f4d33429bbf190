/** What came as JSON: a test knows its shape, and says so by what it expects. */
export type Json = ReturnType<typeof JSON.parse>;

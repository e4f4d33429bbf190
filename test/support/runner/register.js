import { register } from 'node:module';

// `--import`ed by processes of tests that run TypeScript: what the tests themselves load is transpiled already.
register('./module-hooks.js', import.meta.url);

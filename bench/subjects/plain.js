import { controllerAt, serve } from './serve.js';

// Nest without anything that authenticates.
const [, platform] = process.argv.slice(2);
process.send({
  url: await serve(platform, { module: class PlainHost {}, controllers: [controllerAt('notes')] }),
});

import swc from 'unplugin-swc';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Nest reads the types of constructor parameters, which only SWC writes down.
  plugins: [swc.vite({ module: { type: 'es6' } })],
  test: { testTimeout: 60_000 },
});

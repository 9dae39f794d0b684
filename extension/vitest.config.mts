import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Their `module` names no file, so each would be loaded twice: as a module by us, as a script by one another.
  resolve: { alias: [{ find: /^@lumino\/([a-z]+)$/, replacement: '@lumino/$1/dist/index.es6.js' }] },
  test: {
    environment: 'jsdom',
    // By default one core is left alone, which on a machine of two is half of it.
    maxWorkers: '100%',
    // A machine may have other things to do; no test is about its speed.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    setupFiles: ['./vitest.setup.ts'],
    include: ['src/**/*.spec.{ts,tsx}'],
    restoreMocks: true,
    // Their dist is ESM without extensions, which Node does not resolve.
    server: { deps: { inline: [/@jupyterlab\//, /@lumino\//, /@jupyter\//] } }
  }
});

import { defineConfig } from 'vitest/config';

/** `npm run test:browser`: what needs a browser, which `npm test` must not. */
export default defineConfig({
  test: { include: ['test/browser/**/*.browser.ts'], testTimeout: 120_000, hookTimeout: 300_000 },
});

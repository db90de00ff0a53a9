import { defineConfig } from 'vitest/config';

/** Real clients and outside judges: what they need is taken from package registries while the suite runs. */
export default defineConfig({
  test: {
    include: ['test/peers/**/*.peer.ts'],
    environment: 'node',
    testTimeout: 300_000,
    hookTimeout: 900_000,
    fileParallelism: false,
  },
});

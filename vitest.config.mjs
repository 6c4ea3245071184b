import { defineConfig } from 'vitest/config';

export default defineConfig({
  // As in tsconfig.json: JupyterLab's React has the classic transformation.
  oxc: { jsx: { runtime: 'classic' } },
  test: {
    environment: 'jsdom',
    include: ['labextension/tests/**/*.spec.{ts,tsx}'],
    setupFiles: ['labextension/tests/setup.ts'],
    restoreMocks: true,
    // No test waits: this is how slow a busy machine may be.
    testTimeout: 60_000
  }
});

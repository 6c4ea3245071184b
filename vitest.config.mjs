import { defineConfig } from 'vitest/config';

export default defineConfig({
  // As in tsconfig.json: JupyterLab's React has the classic transformation.
  oxc: { jsx: { runtime: 'classic' } },
  test: {
    restoreMocks: true,
    // No test waits: this is how slow a busy machine may be.
    testTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'model',
          // It is pure; a browser made for each of its files would take as long as its tests.
          environment: 'node',
          include: ['labextension/tests/model/**/*.spec.ts']
        }
      },
      {
        extends: true,
        test: {
          name: 'panel',
          environment: 'jsdom',
          include: ['labextension/tests/**/*.spec.{ts,tsx}'],
          exclude: ['labextension/tests/model/**/*.spec.ts'],
          setupFiles: ['labextension/tests/setup.ts']
        }
      }
    ]
  }
});

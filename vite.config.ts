import { defineConfig } from 'vite';

/** The UI as static files. Nothing is inlined, so that the page holds under `script-src 'self'`. */
export default defineConfig({
  root: 'ui',
  base: './',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});

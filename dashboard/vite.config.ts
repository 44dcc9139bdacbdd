import { defineConfig } from 'vite';

/** `vite dashboard` serves the sources and asks this gateway. */
const GATEWAY = process.env.GATEWAY_URL ?? 'http://127.0.0.1:3000';

const HEAVY = /react-virtual|@radix-ui|@floating-ui|recharts|uplot|d3-|locales|ui\/(chart|table|tabs|open-menu)\b/;

export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2024',
    // Files of their own: the page's policy allows nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          // One file of what many pages share, instead of one for each icon. What is heavy comes when it is needed.
          groups: [{ name: 'base', minShareCount: 3, test: (id: string) => !HEAVY.test(id) }],
        },
      },
      // `use client` is for servers that render; there is none.
      onwarn: (warning, warn) => warning.code !== 'MODULE_LEVEL_DIRECTIVE' && warn(warning),
    },
  },
  server: {
    fs: { allow: ['..'] },
    proxy: {
      '/api': GATEWAY,
      '/ws': { target: GATEWAY, ws: true },
    },
  },
});

import { fileURLToPath } from 'node:url'
import type { UserConfig } from 'vite'

/** How browser code is built, the app's and the measuring page's alike. */
export const buildSettings = {
  resolve: {
    alias: {
      // Its browser build needs a document, which the worker that reads documents does not have.
      'decode-named-character-reference': fileURLToPath(
        import.meta.resolve('decode-named-character-reference'),
      ),
    },
  },
  build: { target: 'es2022' },
  worker: { format: 'es' },
} satisfies UserConfig

import { fileURLToPath } from 'node:url'
import { defaultClientConditions, type UserConfig } from 'vite'

/**
 * Packages in files of their own, which browsers keep over an update of the app: what the first screen needs, and the peer
 * network in two layers. Each takes along what it needs and is not in one before it, so that no file waits for a later one.
 */
const packageGroups = [
  { name: 'packages', test: /node_modules/, tags: ['$initial' as const], priority: 3 },
  { name: 'libp2p-parts', test: /node_modules\/(@multiformats|multiformats|@peculiar|it-)/, priority: 2 },
  { name: 'libp2p', test: /node_modules\/(@libp2p|libp2p|@chainsafe)\//, priority: 1 },
]

/** How browser code is built, the app's and the measuring page's alike. */
export const buildSettings = {
  resolve: {
    // Or the runtime of the models would be in the app a second time, 27 MB, for the address is set where it is used.
    conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions],
    alias: {
      // Its browser build needs a document, which the worker that reads documents does not have.
      'decode-named-character-reference': fileURLToPath(
        import.meta.resolve('decode-named-character-reference'),
      ),
    },
  },
  build: {
    target: 'es2022',
    rolldownOptions: { output: { codeSplitting: { groups: packageGroups } } },
  },
  worker: { format: 'es' },
  optimizeDeps: {
    // What only a worker imports would be found late by the development server, which reloads the page then.
    include: [
      'pdfjs-dist/legacy/build/pdf.mjs',
      'pdfjs-dist/legacy/build/pdf.worker.min.mjs',
      'mammoth',
      'fflate',
      '@lezer/javascript',
      '@lezer/python',
      'hast-util-from-html',
      'hast-util-to-mdast',
      'mdast-util-from-markdown',
      'mdast-util-gfm',
      'mdast-util-to-markdown',
      'mdast-util-to-string',
      'micromark-extension-gfm',
      'gpt-tokenizer/encoding/o200k_base',
      'minisearch',
      '@huggingface/transformers',
    ],
  },
} satisfies UserConfig

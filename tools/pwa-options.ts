import type { VitePWAOptions } from 'vite-plugin-pwa'

/** The largest file kept for offline use: the embedding table is 5.6 MB. */
const MAX_PRECACHED_BYTES = 8 * 1024 * 1024

const shortcutIcons = [{ src: '/icons/any-192.png', sizes: '192x192', type: 'image/png' }]

/** How the build makes the service worker and the web app manifest. */
export const pwaOptions: Partial<VitePWAOptions> = {
  strategies: 'injectManifest',
  srcDir: 'src/service-worker',
  filename: 'service-worker.ts',
  // A new version waits for the user's consent; src/service-worker/register.ts asks for it.
  registerType: 'prompt',
  injectRegister: false,
  includeManifestIcons: false,
  injectManifest: {
    // One classic script, which every browser takes for a service worker.
    rollupFormat: 'iife',
    globPatterns: ['index.html', 'icon.svg', 'icons/any-192.png', 'assets/**/*'],
    // The runtimes of models are large and seldom needed: src/service-worker/runtime-files.ts keeps what was used.
    globIgnores: ['**/*.map', '**/*.wasm'],
    maximumFileSizeToCacheInBytes: MAX_PRECACHED_BYTES,
  },
  manifest: {
    id: '/',
    name: 'Loremesh',
    short_name: 'Loremesh',
    description:
      'Ask your documents and everyone’s: a peer-to-peer network that shares context with language models.',
    lang: 'en',
    start_url: '/',
    scope: '/',
    display: 'standalone',
    background_color: '#fafafb',
    theme_color: '#4a53d3',
    categories: ['productivity', 'utilities'],
    launch_handler: { client_mode: 'navigate-existing' },
    icons: [
      { src: '/icons/any-192.png', sizes: '192x192', type: 'image/png', purpose: 'any' },
      { src: '/icons/any-512.png', sizes: '512x512', type: 'image/png', purpose: 'any' },
      { src: '/icons/maskable-192.png', sizes: '192x192', type: 'image/png', purpose: 'maskable' },
      { src: '/icons/maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
      { src: '/icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' },
    ],
    shortcuts: [
      { name: 'Ask a question', url: '/#/ask', icons: shortcutIcons },
      { name: 'Library', url: '/#/library', icons: shortcutIcons },
      { name: 'Wallet', url: '/#/wallet', icons: shortcutIcons },
    ],
  },
}

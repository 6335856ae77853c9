import type { Plugin } from 'vite'
import {
  isInitiateConnection,
  mendInitiateConnection,
} from '../src/adapters/network-libp2p/node-webrtc-fix.ts'

/**
 * Mends the race of `@libp2p/webrtc` in everything that Vite builds or serves. A build fails when the code to mend has
 * changed, or when it is bundled from a place where it was not found.
 */
export function fixWebrtcInitChannel(): Plugin {
  let bundlesWebrtc = false
  let mended = false
  const plugin: Plugin = {
    name: 'loremesh-fix-webrtc-init-channel',
    transform(code, id) {
      bundlesWebrtc ||= id.includes('@libp2p/webrtc/')
      if (!isInitiateConnection(id)) return undefined
      mended = true
      return { code: mendInitiateConnection(code), map: null }
    },
  }
  return {
    ...plugin,
    config: () => ({ optimizeDeps: { rolldownOptions: { plugins: [plugin] } } }),
    buildEnd() {
      if (bundlesWebrtc && !mended)
        this.error('The init channel of @libp2p/webrtc was bundled without being mended')
    },
  }
}

import { clientsClaim } from 'workbox-core'
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import { answerRuntime, runtimeAddresses } from './runtime-files.ts'
import { shellAddresses } from './shell-addresses.ts'

declare const self: ServiceWorkerGlobalScope & {
  readonly __WB_MANIFEST: { readonly url: string; readonly revision: string | null }[]
}

/*
 * Keeps the app's own files, so that it opens without a network. Only these files, the runtimes of models once they were
 * used, and the app's own page are answered here; every other request, above all the server's API, goes to the network untouched.
 */
cleanupOutdatedCaches()
precacheAndRoute(self.__WB_MANIFEST)
registerRoute(new NavigationRoute(createHandlerBoundToURL('index.html'), { allowlist: [shellAddresses] }))
registerRoute(
  ({ url, sameOrigin }) => sameOrigin && runtimeAddresses.test(url.pathname),
  ({ request }) => answerRuntime(request),
)
clientsClaim()

// A new version waits until the user agrees, because it reloads every tab.
self.addEventListener('message', (event) => {
  const message: unknown = event.data
  const isSkip = typeof message === 'object' && message !== null && 'type' in message
  if (isSkip && message.type === 'SKIP_WAITING') void self.skipWaiting()
})

/** Path of a WebAssembly file of the app, whose name changes with its content. */
export const runtimeAddresses = /^\/assets\/.*\.wasm$/

const CACHE_NAME = 'loremesh-runtimes'

/**
 * Answers with the kept file, else with the server's, which is kept from then on in place of an earlier version of it:
 * what runs models is too large for everybody to get it, but works offline for who used it once.
 */
export async function answerRuntime(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE_NAME)
  const kept = await cache.match(request.url)
  if (kept !== undefined) return kept
  const response = await fetch(request)
  if (response.ok) {
    for (const { url } of await cache.keys()) {
      if (withoutHash(url) === withoutHash(request.url)) await cache.delete(url)
    }
    // Without room for it the file is asked for again the next time.
    await cache.put(request.url, response.clone()).catch(() => undefined)
  }
  return response
}

/** An address without the part that changes with the content. */
export function withoutHash(url: string): string {
  return url.replace(/-[\w-]{8}(?=\.wasm$)/, '')
}

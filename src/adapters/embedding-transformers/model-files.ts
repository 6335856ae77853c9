import { LoremeshError } from '../../domain/kernel/errors.ts'

const CACHE_NAME = 'loremesh-models'
/** Where the keys seem to be; nothing is ever asked for there. */
const KEY_FOLDER = '/.kept-models/'

/** Keeps bytes by name, for as long as the browser lets it. */
export interface ModelFiles {
  read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** Throws `storage-full`. */
  write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>
  names(): Promise<readonly string[]>
  remove(name: string): Promise<void>
}

/** Files of models in the browser's cache storage, which the page and its workers share. */
export function openCachedModelFiles(cacheName = CACHE_NAME): ModelFiles {
  const open = () => caches.open(cacheName)
  const toKey = (name: string) => new URL(KEY_FOLDER + encodeURIComponent(name), location.origin).href

  return {
    async read(name) {
      const kept = await (await open()).match(toKey(name))
      return kept === undefined ? undefined : new Uint8Array(await kept.arrayBuffer())
    },
    async write(name, bytes) {
      try {
        await (await open()).put(toKey(name), new Response(bytes))
      } catch (cause) {
        throw new LoremeshError(
          'storage-full',
          'The browser has no room for the model',
          'Remove another model or free some space',
          { cause },
        )
      }
    },
    async names() {
      const keys = await (await open()).keys()
      return keys.map(({ url }) => decodeURIComponent(new URL(url).pathname.slice(KEY_FOLDER.length)))
    },
    async remove(name) {
      await (await open()).delete(toKey(name))
    },
  }
}

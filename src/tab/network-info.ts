import { fetchNetworkInfoText, readNetworkInfo } from '../adapters/network-info-http/fetch-network-info.ts'
import { isLoremeshError } from '../domain/kernel/errors.ts'
import type { NetworkInfo } from '../protocols/network-info.ts'

const STORAGE_KEY = 'loremesh:network'

/** How to join the network of a server; while the server can't be reached, what it said last. */
export async function loadNetworkInfo(
  server: URL,
  storage: Pick<Storage, 'getItem' | 'setItem'>,
): Promise<NetworkInfo> {
  try {
    const text = await fetchNetworkInfoText(server)
    const info = readNetworkInfo(text)
    storage.setItem(STORAGE_KEY, text)
    return info
  } catch (error) {
    const remembered = storage.getItem(STORAGE_KEY)
    if (remembered === null || !isLoremeshError(error, 'not-connected')) throw error
    return readNetworkInfo(remembered)
  }
}

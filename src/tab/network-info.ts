import { fetchNetworkInfoText, readNetworkInfo } from '../adapters/network-info-http/fetch-network-info.ts'
import { isLoremeshError } from '../domain/kernel/errors.ts'
import { assertSameNetwork } from '../protocols/invitation.ts'
import { networkInfoToJson, type NetworkInfo } from '../protocols/network-info.ts'

const STORAGE_KEY = 'loremesh:network'

/**
 * How to join the network of a server; while the server can't be reached, what it said last, or what an invitation says.
 * Throws `bad-input` when the invitation leads elsewhere.
 */
export async function loadNetworkInfo(
  server: URL,
  storage: Pick<Storage, 'getItem' | 'setItem'>,
  invited?: NetworkInfo,
): Promise<NetworkInfo> {
  const known = await askOrRemember(server, storage, invited)
  if (invited !== undefined) assertSameNetwork(invited, known)
  return known
}

async function askOrRemember(
  server: URL,
  storage: Pick<Storage, 'getItem' | 'setItem'>,
  invited: NetworkInfo | undefined,
): Promise<NetworkInfo> {
  try {
    const text = await fetchNetworkInfoText(server)
    const info = readNetworkInfo(text)
    storage.setItem(STORAGE_KEY, text)
    return info
  } catch (error) {
    // A host that only has the page may answer anything.
    if (!isLoremeshError(error, 'not-connected') && invited === undefined) throw error
    const remembered = storage.getItem(STORAGE_KEY)
    if (remembered !== null) return readNetworkInfo(remembered)
    if (invited === undefined) throw error
    storage.setItem(STORAGE_KEY, JSON.stringify(networkInfoToJson(invited)))
    return invited
  }
}

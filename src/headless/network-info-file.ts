import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fetchNetworkInfoText, readNetworkInfo } from '../adapters/network-info-http/fetch-network-info.ts'
import { isLoremeshError, LoremeshError } from '../domain/kernel/errors.ts'
import { assertSameNetwork } from '../protocols/invitation.ts'
import { networkInfoToJson, type NetworkInfo } from '../protocols/network-info.ts'

/** How a server describes its network, now or when it was last reached. */
export interface KnownNetwork {
  readonly info: NetworkInfo
  /** Whether the server can't be reached, so that the description is the one that was kept. */
  readonly isOffline: boolean
}

/**
 * The network of a server, which is kept in the data directory: what was joined once needs no server to be opened again,
 * and what an invitation tells needs none the first time either.
 * Throws `not-connected` when the server can't be reached and was not joined with this directory before, and `bad-input`
 * for what is no description of a network.
 */
export async function learnNetwork(
  server: URL,
  dataDirectory: string,
  invited?: NetworkInfo,
): Promise<KnownNetwork> {
  const known = await askOrRemember(server, dataDirectory, invited)
  if (invited !== undefined) assertSameNetwork(invited, known.info)
  return known
}

async function askOrRemember(
  server: URL,
  dataDirectory: string,
  invited: NetworkInfo | undefined,
): Promise<KnownNetwork> {
  const path = join(dataDirectory, `network-${encodeURIComponent(server.host)}.json`)
  try {
    const text = await fetchNetworkInfoText(server)
    const info = readNetworkInfo(text)
    keep(path, dataDirectory, text)
    return { info, isOffline: false }
  } catch (error) {
    if (!isLoremeshError(error, 'not-connected')) throw error
    const info = readKept(path)
    if (info !== undefined) return { info, isOffline: true }
    if (invited !== undefined) {
      keep(path, dataDirectory, JSON.stringify(networkInfoToJson(invited)))
      return { info: invited, isOffline: true }
    }
    throw new LoremeshError(
      'not-connected',
      error.message,
      `Start that server or name another one with --server: "${dataDirectory}" has not joined its network yet, which a server is needed for`,
      { cause: error },
    )
  }
}

/** Written aside and moved, so that the file is whole or not there. */
function keep(path: string, directory: string, text: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, text, { mode: 0o600 })
  renameSync(draft, path)
}

/** The description that was kept; undefined when there is none that can be read. */
function readKept(path: string): NetworkInfo | undefined {
  try {
    return readNetworkInfo(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

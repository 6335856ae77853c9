import { accountToPeerId, type PeerId } from '../src/domain/identity/account.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import { quorumOf, type Genesis } from '../src/domain/ledger/genesis.ts'
import { parseAuthorityAddresses } from './authority-addresses.ts'
import { webSocketMultiaddr } from './endpoint.ts'

/** Where the authorities of the network are. */
export interface AuthorityDirectory {
  /** Multiaddrs for a client that reached the server at `url`, in the order of the genesis. */
  addressesAt(url: URL): readonly string[]
}

/**
 * A directory of the addresses that are configured, and of the server's own authority and those that it runs, which are at
 * its host. Throws `bad-input` when so few authorities are known that nothing could be certified.
 */
export function createAuthorityDirectory(
  genesis: Genesis,
  {
    own,
    local,
    ports,
    configured,
  }: {
    /** The server's own authority, at the server's port. */
    readonly own: PeerId
    /** Indexes of those that it runs beside it. */
    readonly local: readonly number[]
    /** Their ports, once they are known. */
    readonly ports: () => ReadonlyMap<PeerId, number>
    readonly configured: readonly string[]
  },
): AuthorityDirectory {
  const peerIds = genesis.authorities.map(accountToPeerId)
  const addresses = new Map(
    parseAuthorityAddresses(configured, genesis).map(({ peerId, address }) => [peerId, address.toString()]),
  )
  const missing = peerIds.flatMap((peerId, index) =>
    peerId === own || local.includes(index) || addresses.has(peerId) ? [] : [index],
  )
  if (peerIds.length - missing.length < quorumOf(genesis)) {
    throw new LoremeshError(
      'bad-input',
      `The genesis names ${peerIds.length} authorities, but it is not said where those with the indexes ${missing.join(', ')} are`,
      'Name them with --authority-addresses, or restore their folders from a backup',
    )
  }

  function addressAt(url: URL, peerId: PeerId): string | undefined {
    const known = addresses.get(peerId)
    if (known !== undefined) return known
    if (peerId === own) return webSocketMultiaddr(url, peerId)
    const port = ports().get(peerId)
    if (port === undefined) return undefined
    const there = new URL(url)
    there.port = String(port)
    return webSocketMultiaddr(there, peerId)
  }

  return {
    addressesAt: (url) => peerIds.flatMap((peerId) => addressAt(url, peerId) ?? []),
  }
}

import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { accountToPeerId, type PeerId } from '../src/domain/identity/account.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import type { Genesis } from '../src/domain/ledger/genesis.ts'

/** Where an authority can be reached. */
export interface AuthorityAddress {
  /** In the genesis. */
  readonly index: number
  readonly peerId: PeerId
  /** Ends in the peer id. */
  readonly address: Multiaddr
}

/** Reads the addresses of authorities of a network. Throws `bad-input` for anything else. */
export function parseAuthorityAddresses(
  texts: readonly string[],
  genesis: Pick<Genesis, 'authorities'>,
): readonly AuthorityAddress[] {
  const peerIds = genesis.authorities.map(accountToPeerId)
  return texts.map((text) => {
    const address = parseMultiaddr(text)
    const last = address?.getComponents().at(-1)
    const index = last?.name === 'p2p' ? peerIds.findIndex((peerId) => peerId === last.value) : -1
    const peerId = peerIds[index]
    if (address === undefined || peerId === undefined) {
      throw new LoremeshError(
        'bad-input',
        `"${text}" is no address of an authority of this network`,
        'It must end in /p2p/ and the peer id of one, such as /dns4/one.example.org/tcp/443/tls/ws/p2p/12D3KooW…',
      )
    }
    return { index, peerId, address }
  })
}

function parseMultiaddr(text: string): Multiaddr | undefined {
  try {
    return multiaddr(text)
  } catch {
    return undefined
  }
}

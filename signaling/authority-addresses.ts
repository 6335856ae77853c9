import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { accountToPeerId, parsePeerId, type PeerId } from '../src/domain/identity/account.ts'
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
    const index = peerIds.findIndex((peerId) => peerId === lastPeerId(address))
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

/** Another server of the network: a relay and a tracker. */
export interface OtherServer {
  readonly peerId: PeerId
  /** Ends in the peer id. */
  readonly address: string
}

/** Reads the address of another server. Throws `bad-input` for anything else. */
export function parseOtherServer(text: string): OtherServer {
  const peerId = lastPeerId(parseMultiaddr(text))
  if (peerId === undefined) {
    throw new LoremeshError(
      'bad-input',
      `"${text}" is no address of a server`,
      'It must end in /p2p/ and its peer id, such as /dns4/two.example.org/tcp/443/tls/ws/p2p/12D3KooW…',
    )
  }
  return { peerId: parsePeerId(peerId), address: text }
}

function lastPeerId(address: Multiaddr | undefined): string | undefined {
  const last = address?.getComponents().at(-1)
  return last?.name === 'p2p' ? last.value : undefined
}

function parseMultiaddr(text: string): Multiaddr | undefined {
  try {
    return multiaddr(text)
  } catch {
    return undefined
  }
}

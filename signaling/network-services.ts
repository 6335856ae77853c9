import type { Connection } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { parsePeerId, peerIdToAccount, type PeerId } from '../src/domain/identity/account.ts'
import type { PeerSighting } from '../src/domain/tracker/announcement.ts'
import type { Identity } from '../src/domain/identity/identity.ts'
import { ZERO_TOKENS } from '../src/domain/kernel/micro-tokens.ts'
import { MAX_REPUTATION_MILLI } from '../src/domain/ledger/account-leaf.ts'
import type { Genesis } from '../src/domain/ledger/genesis.ts'
import type { ParameterChange } from '../src/domain/ledger/parameter-change.ts'
import { NEWCOMER_REPUTATION } from '../src/domain/reputation/newcomer.ts'
import type { Tracker } from '../src/domain/tracker/tracker.ts'
import { serverProtocols } from '../src/protocols/protocol-limits.ts'
import { startAuthorityNode, type AuthorityNode } from './authority-node.ts'
import { networkBlockOf } from './client-network.ts'
import type { ClientNetworks } from './client-networks.ts'
import { webSocketMultiaddr } from './endpoint.ts'
import type { Log } from './log.ts'
import { serveRequests } from './stream-service.ts'
import { createTrackerService } from './tracker-service.ts'

/** Protocols that the server speaks to peers. */
export const SERVED_PROTOCOLS: readonly string[] = [serverProtocols.tracker.id, serverProtocols.ledger.id]

/** Starts relay, tracker and authority on one libp2p node, which listens on the loopback address only. */
export async function startNetworkServices(
  components: {
    readonly identity: Identity
    readonly genesis: Genesis
    readonly tracker: Tracker
    readonly log: Log
    readonly nowMs: () => number
    readonly clients: Pick<ClientNetworks, 'addressAt'>
  },
  options: {
    /** The ledger's places, a shard each; see `openAuthorityStore`. */
    readonly ledger: readonly string[]
    readonly grantsPerDay: number
    readonly wishes: readonly ParameterChange[]
    /** Where people reach the server; undefined when that is only known by the requests that come. */
    readonly publicUrl: URL | undefined
    /** Multiaddrs of other authorities that are known already. */
    readonly authorityAddresses: readonly string[]
  },
): Promise<AuthorityNode> {
  const { identity, tracker, nowMs, clients } = components
  const { ledger, grantsPerDay, wishes, publicUrl, authorityAddresses } = options
  const authority = await startAuthorityNode(components, {
    host: '127.0.0.1',
    port: 0,
    announce: publicUrl === undefined ? [] : [webSocketMultiaddr(publicUrl, identity.peerId)],
    ledger,
    grantsPerDay,
    wishes,
    addresses: authorityAddresses,
  })
  const { node } = authority

  /** What has come through the proxy seems to come from this machine. */
  function clientAddressOf({ remoteAddr }: Connection): string {
    const components = remoteAddr.getComponents()
    const port = Number(components.find(({ name }) => name === 'tcp')?.value)
    const host = components.find(({ name }) => name === 'ip4' || name === 'ip6')?.value
    return clients.addressAt(port) ?? host ?? ''
  }

  function sightingOf(peerId: PeerId): PeerSighting {
    const connections = node.getConnections(peerIdFromString(peerId))
    const [connection] = connections
    const leaf = authority.leaf(peerIdToAccount(peerId))
    return {
      latencyMs: connections.find(({ rtt }) => rtt !== undefined)?.rtt ?? NaN,
      network: connection === undefined ? '' : networkBlockOf(clientAddressOf(connection)),
      reputation: leaf === undefined ? NEWCOMER_REPUTATION : leaf.reputationMilli / MAX_REPUTATION_MILLI,
      isEstablished: leaf !== undefined && leaf.earned7d > ZERO_TOKENS,
    }
  }

  node.addEventListener('peer:disconnect', ({ detail }) => tracker.leave(parsePeerId(detail.toString())))
  await serveRequests(
    { node, cutOff: authority.cutOff, nowMs },
    createTrackerService({ tracker, nowMs, sightingOf }),
    serverProtocols.tracker,
  )
  return authority
}

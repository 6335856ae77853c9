import { peerIdFromString } from '@libp2p/peer-id'
import { parsePeerId, type PeerId } from '../src/domain/identity/account.ts'
import type { Identity } from '../src/domain/identity/identity.ts'
import type { Genesis } from '../src/domain/ledger/genesis.ts'
import type { ParameterChange } from '../src/domain/ledger/parameter-change.ts'
import type { Tracker } from '../src/domain/tracker/tracker.ts'
import { serverProtocols } from '../src/protocols/protocol-limits.ts'
import { startAuthorityNode, type AuthorityNode } from './authority-node.ts'
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
  const { identity, tracker, nowMs } = components
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

  function latencyOf(peerId: PeerId): number {
    const roundTrips = node.getConnections(peerIdFromString(peerId)).map((connection) => connection.rtt)
    return roundTrips.find((rtt) => rtt !== undefined) ?? NaN
  }

  node.addEventListener('peer:disconnect', ({ detail }) => tracker.leave(parsePeerId(detail.toString())))
  await serveRequests(
    { node, cutOff: authority.cutOff, nowMs },
    createTrackerService({ tracker, nowMs, latencyOf }),
    serverProtocols.tracker,
  )
  return authority
}

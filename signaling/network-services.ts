import { peerIdFromString } from '@libp2p/peer-id'
import { parsePeerId, type PeerId } from '../src/domain/identity/account.ts'
import type { Identity } from '../src/domain/identity/identity.ts'
import { toLoremeshError } from '../src/domain/kernel/errors.ts'
import type { Certificate } from '../src/domain/ledger/certificate.ts'
import type { SignedEntry } from '../src/domain/ledger/entry.ts'
import type { Genesis } from '../src/domain/ledger/genesis.ts'
import type { Tracker } from '../src/domain/tracker/tracker.ts'
import { GOSSIP_TOPICS } from '../src/protocols/gossip.ts'
import {
  LEDGER_PROTOCOL,
  MAX_LEDGER_ANSWER_BYTES,
  MAX_LEDGER_REQUEST_BYTES,
} from '../src/protocols/ledger.ts'
import {
  MAX_TRACKER_ANSWER_BYTES,
  MAX_TRACKER_REQUEST_BYTES,
  TRACKER_PROTOCOL,
} from '../src/protocols/tracker.ts'
import { createAuthority, type Authority } from './authority.ts'
import { openAuthorityStore } from './authority-store.ts'
import { webSocketMultiaddr } from './endpoint.ts'
import { createGossipValidator } from './gossip-validator.ts'
import { createLedgerService, gossipOf } from './ledger-service.ts'
import type { Log } from './log.ts'
import { startRelay } from './relay.ts'
import { serveRequests, type ServiceLimits } from './stream-service.ts'
import { createTrackerService } from './tracker-service.ts'

/** Protocols that the server speaks to peers. */
export const SERVED_PROTOCOLS: readonly string[] = [TRACKER_PROTOCOL, LEDGER_PROTOCOL]

const limits: Omit<ServiceLimits, 'maxRequestBytes' | 'maxAnswerBytes'> = {
  maxInFlight: 32,
  rate: { burst: 200, perSecond: 50 },
  handlerTimeoutMs: 10_000,
}

/** The server's part in the peer-to-peer network. */
export interface NetworkServices {
  readonly authority: Authority
  /** Port on 127.0.0.1 at which the relay speaks WebSocket. */
  readonly relayPort: number
  /** Ends every connection and closes the ledger. */
  stop(): Promise<void>
}

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
    readonly ledgerPath: string
    readonly grantsPerDay: number
    /** Where people reach the server; undefined when that is only known by the requests that come. */
    readonly publicUrl: URL | undefined
  },
): Promise<NetworkServices> {
  const { identity, genesis, tracker, log, nowMs } = components
  const { ledgerPath, grantsPerDay, publicUrl } = options
  const store = openAuthorityStore(ledgerPath)
  const authority = createAuthority(
    { store, identity, genesis, clock: { nowMs } },
    { onCertified: (signed, certificate) => void gossip(signed, certificate), maxGrantsPerDay: grantsPerDay },
  )
  const validate = createGossipValidator({ authority, genesis, nowMs })
  const { node, port } = await startRelay(
    { identity, validate },
    {
      host: '127.0.0.1',
      port: 0,
      announce: publicUrl === undefined ? [] : [webSocketMultiaddr(publicUrl, identity.peerId)],
    },
  )

  async function gossip(signed: SignedEntry, certificate: Certificate): Promise<void> {
    try {
      for (const message of gossipOf(signed, certificate)) {
        await node.services.pubsub.publish(GOSSIP_TOPICS.ledger, message)
      }
    } catch (error) {
      // Peers that miss it ask the authority.
      log('warn', 'gossip failed', { reason: toLoremeshError(error).message })
    }
  }

  function latencyOf(peerId: PeerId): number {
    const roundTrips = node.getConnections(peerIdFromString(peerId)).map((connection) => connection.rtt)
    return roundTrips.find((rtt) => rtt !== undefined) ?? NaN
  }

  node.addEventListener('peer:disconnect', ({ detail }) => tracker.leave(parsePeerId(detail.toString())))
  await serveRequests(
    { node, nowMs },
    TRACKER_PROTOCOL,
    createTrackerService({ tracker, nowMs, latencyOf }),
    {
      ...limits,
      maxRequestBytes: MAX_TRACKER_REQUEST_BYTES,
      maxAnswerBytes: MAX_TRACKER_ANSWER_BYTES,
    },
  )
  await serveRequests({ node, nowMs }, LEDGER_PROTOCOL, createLedgerService(authority), {
    ...limits,
    maxRequestBytes: MAX_LEDGER_REQUEST_BYTES,
    maxAnswerBytes: MAX_LEDGER_ANSWER_BYTES,
  })

  return {
    authority,
    relayPort: port,
    async stop() {
      await node.stop()
      store.close()
    },
  }
}

import type { StreamHandler } from '@libp2p/interface'
import type { PeerId } from '../../domain/identity/account.ts'
import type { Clock } from '../../ports/clock.ts'
import type { NetworkHandlers } from '../../ports/network.ts'
import { FETCH_PROTOCOL } from '../../protocols/fetch.ts'
import { LEDGER_PROTOCOL } from '../../protocols/ledger.ts'
import { SEARCH_PROTOCOL } from '../../protocols/search.ts'
import { createRateLimiter, type RateLimit } from '../../domain/kernel/token-bucket.ts'
import { toPeerId } from './addresses.ts'
import { serveFetch } from './fetch-server.ts'
import { serveLedger } from './ledger-server.ts'
import type { NetworkLimits } from './limits.ts'
import { serveSearch } from './search-server.ts'
import type { PeerNode } from './start-libp2p.ts'

/** Answers other peers' searches, fetches and questions about the ledger with what the handlers say. */
export async function servePeers(
  components: {
    readonly node: PeerNode
    readonly handlers: NetworkHandlers
    readonly clock: Pick<Clock, 'deadline' | 'every' | 'monotonicMs' | 'sleep'>
    readonly touch: (peerId: PeerId) => void
  },
  limits: NetworkLimits,
): Promise<void> {
  const { node, handlers, clock, touch } = components

  function limited(rate: RateLimit): (from: PeerId) => () => boolean {
    const limiter = createRateLimiter(rate, () => clock.monotonicMs())
    return (from) => () => {
      touch(from)
      return limiter.take(from)
    }
  }
  const maySearch = limited(limits.searchRate)
  const mayFetch = limited(limits.fetchRate)
  const mayReadLog = limited(limits.logRate)
  const mayVouch = limited(limits.voucherRate)

  const onSearch: StreamHandler = (stream, { remotePeer }) => {
    const from = toPeerId(remotePeer)
    serveSearch(stream, from, { handlers, clock, mayAsk: maySearch(from) }, limits)
  }
  const onFetch: StreamHandler = (stream, { remotePeer }) => {
    const from = toPeerId(remotePeer)
    const may = { mayAsk: mayFetch(from), mayVouch: mayVouch(from) }
    serveFetch(stream, from, { handlers, clock, ...may }, limits)
  }
  const onLedger: StreamHandler = (stream, { remotePeer }) => {
    serveLedger(stream, { handlers, clock, mayAsk: mayReadLog(toPeerId(remotePeer)) }, limits)
  }
  const options = { maxInboundStreams: limits.maxStreams, runOnLimitedConnection: true }
  await node.handle(SEARCH_PROTOCOL, onSearch, options)
  await node.handle(FETCH_PROTOCOL, onFetch, options)
  await node.handle(LEDGER_PROTOCOL, onLedger, options)
}

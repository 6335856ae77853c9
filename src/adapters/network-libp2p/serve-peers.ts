import type { Stream, StreamHandler } from '@libp2p/interface'
import type { PeerId } from '../../domain/identity/account.ts'
import type { Clock } from '../../ports/clock.ts'
import type { NetworkHandlers } from '../../ports/network.ts'
import type { CutOff } from '../../protocols/cut-off.ts'
import type { ProtocolLimits } from '../../protocols/protocol-limits.ts'
import { createRateLimiter, createSharedRateLimiter } from '../../domain/kernel/token-bucket.ts'
import { toPeerId } from './addresses.ts'
import { serveAnnouncements } from './announcements-server.ts'
import { serveFetch } from './fetch-server.ts'
import { serveLedger } from './ledger-server.ts'
import type { NetworkLimits } from './limits.ts'
import { servePeersProtocol } from './peers-server.ts'
import { serveSearch } from './search-server.ts'
import type { StreamGuard } from './serve-exchanges.ts'
import type { PeerNode } from './start-libp2p.ts'

/** Answers other peers' searches, fetches and questions about the ledger with what the handlers say. */
export async function servePeers(
  components: {
    readonly node: PeerNode
    readonly handlers: NetworkHandlers
    readonly clock: Pick<Clock, 'deadline' | 'every' | 'monotonicMs' | 'sleep'>
    readonly touch: (peerId: PeerId) => void
    readonly cutOff: Pick<CutOff, 'noteBreach' | 'noteExcess'>
    /** Peers that this one can lead others to. */
    readonly introducible: () => readonly PeerId[]
  },
  limits: NetworkLimits,
): Promise<void> {
  const { node, handlers, clock, touch, cutOff, introducible } = components
  const { search, fetch, ledger, peers, announcements } = limits.protocols
  const now = (): number => clock.monotonicMs()
  const vouchers = createRateLimiter(limits.voucherRate, now)

  /** Lets peers open streams of a protocol, each of which is served with what belongs to its peer. */
  async function handle(
    { id, maxStreams, rate }: ProtocolLimits,
    serve: (stream: Stream, from: PeerId, guard: StreamGuard) => void,
  ): Promise<void> {
    const requests = createSharedRateLimiter(rate, now)
    const onStream: StreamHandler = (stream, { remotePeer }) => {
      const from = toPeerId(remotePeer)
      serve(stream, from, {
        mayAsk() {
          touch(from)
          const isAllowed = requests.take(from)
          if (!isAllowed) cutOff.noteExcess(from)
          return isAllowed
        },
        onBreach: () => cutOff.noteBreach(from),
      })
    }
    await node.handle(id, onStream, { maxInboundStreams: maxStreams, runOnLimitedConnection: true })
  }

  await handle(search, (stream, from, guard) =>
    serveSearch(stream, from, { handlers, clock, ...guard }, search),
  )
  await handle(fetch, (stream, from, guard) => {
    const mayVouch = () => vouchers.take(from)
    serveFetch(stream, from, { handlers, clock, mayVouch, ...guard }, { ...limits, ...fetch })
  })
  await handle(ledger, (stream, _from, guard) => serveLedger(stream, { handlers, clock, ...guard }, ledger))
  await handle(peers, (stream, from, guard) => {
    const self = toPeerId(node.peerId)
    servePeersProtocol(stream, from, { self, handlers, clock, introducible, ...guard }, peers)
  })
  await handle(announcements, (stream, from, guard) =>
    serveAnnouncements(stream, from, { handlers, clock, ...guard }, announcements),
  )
}

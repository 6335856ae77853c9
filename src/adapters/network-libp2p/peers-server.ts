import type { Stream } from '@libp2p/interface'
import type { PeerId } from '../../domain/identity/account.ts'
import type { Clock } from '../../ports/clock.ts'
import type { NetworkHandlers } from '../../ports/network.ts'
import { encodePeersAnswer, parsePeersRequest, type IntroducedPeer } from '../../protocols/peers.ts'
import type { ProtocolLimits } from '../../protocols/protocol-limits.ts'
import { abortable } from './abortable.ts'
import { serveExchanges, type StreamGuard } from './serve-exchanges.ts'

/** Tells a linked peer over a stream who holds a context, or whom this peer can introduce. */
export function servePeersProtocol(
  stream: Stream,
  from: PeerId,
  components: StreamGuard & {
    readonly self: PeerId
    readonly handlers: Pick<NetworkHandlers, 'onHolders'>
    readonly clock: Pick<Clock, 'deadline'>
    /** Peers that this one can lead others to. */
    readonly introducible: () => readonly PeerId[]
  },
  limits: ProtocolLimits,
): void {
  const { self, handlers, clock, introducible } = components

  function introduce(peerId: PeerId): IntroducedPeer {
    return { peerId, addresses: [`/p2p/${self}/p2p-circuit/webrtc/p2p/${peerId}`] }
  }

  async function answer(body: Uint8Array): Promise<Uint8Array> {
    const request = parsePeersRequest(body)
    const others = introducible().filter((peerId) => peerId !== from)
    const own = { peerId: self, addresses: [] }
    if (request.type === 'peers') {
      return encodePeersAnswer([own, ...others.map(introduce)].slice(0, request.numwant))
    }
    const deadline = clock.deadline(limits.handlerTimeoutMs)
    const holders = new Set(await abortable(handlers.onHolders(request.contextHash, from), deadline))
    const introduced = others.filter((peerId) => holders.has(peerId)).map(introduce)
    return encodePeersAnswer([...(holders.has(self) ? [own] : []), ...introduced].slice(0, request.numwant))
  }

  serveExchanges(stream, { ...components, answer }, limits)
}

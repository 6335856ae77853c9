import type { Stream } from '@libp2p/interface'
import type { PeerId } from '../../domain/identity/account.ts'
import type { Clock } from '../../ports/clock.ts'
import type { NetworkHandlers } from '../../ports/network.ts'
import type { ProtocolLimits } from '../../protocols/protocol-limits.ts'
import { encodeSearchAnswer, parseSearchRequest } from '../../protocols/search.ts'
import { abortable } from './abortable.ts'
import { serveExchanges, type StreamGuard } from './serve-exchanges.ts'

/** Answers a peer's searches over a stream. */
export function serveSearch(
  stream: Stream,
  from: PeerId,
  components: StreamGuard & {
    readonly handlers: Pick<NetworkHandlers, 'onSearch'>
    readonly clock: Pick<Clock, 'deadline'>
  },
  limits: ProtocolLimits,
): void {
  const { handlers, clock } = components

  async function answer(body: Uint8Array): Promise<Uint8Array> {
    const request = parseSearchRequest(body)
    const deadline = clock.deadline(limits.handlerTimeoutMs)
    const hits = await abortable(handlers.onSearch(request, from), deadline)
    return encodeSearchAnswer(
      hits.slice(0, request.limit).map(({ descriptor, snippet, termCounts }) => ({
        descriptorWire: descriptor.wire,
        snippet,
        termCounts,
      })),
    )
  }

  serveExchanges(stream, { ...components, answer }, limits)
}

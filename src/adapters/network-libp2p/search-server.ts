import type { Stream } from '@libp2p/interface'
import type { PeerId } from '../../domain/identity/account.ts'
import type { Clock } from '../../ports/clock.ts'
import type { NetworkHandlers } from '../../ports/network.ts'
import {
  encodeSearchAnswer,
  MAX_SEARCH_ANSWER_BYTES,
  MAX_SEARCH_REQUEST_BYTES,
  parseSearchRequest,
} from '../../protocols/search.ts'
import { abortable } from './abortable.ts'
import type { NetworkLimits } from './limits.ts'
import { serveExchanges } from './serve-exchanges.ts'

/** Answers a peer's searches over a stream. */
export function serveSearch(
  stream: Stream,
  from: PeerId,
  components: {
    readonly handlers: Pick<NetworkHandlers, 'onSearch'>
    readonly clock: Pick<Clock, 'deadline'>
    readonly mayAsk: () => boolean
  },
  limits: Pick<NetworkLimits, 'maxInFlight' | 'handlerTimeoutMs'>,
): void {
  const { handlers, clock, mayAsk } = components

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

  serveExchanges(
    stream,
    { answer, mayAsk },
    {
      maxRequestBytes: MAX_SEARCH_REQUEST_BYTES,
      maxAnswerBytes: MAX_SEARCH_ANSWER_BYTES,
      maxInFlight: limits.maxInFlight,
    },
  )
}

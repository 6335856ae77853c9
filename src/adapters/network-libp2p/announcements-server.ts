import type { Stream } from '@libp2p/interface'
import type { PeerId } from '../../domain/identity/account.ts'
import type { Clock } from '../../ports/clock.ts'
import type { NetworkHandlers } from '../../ports/network.ts'
import {
  encodeAnnouncedDescriptors,
  encodeAnnouncedList,
  parseAnnouncementsRequest,
} from '../../protocols/announcements.ts'
import type { ProtocolLimits } from '../../protocols/protocol-limits.ts'
import { abortable } from './abortable.ts'
import { serveExchanges, type StreamGuard } from './serve-exchanges.ts'

/** Tells a linked peer over a stream what was announced before it came. */
export function serveAnnouncements(
  stream: Stream,
  from: PeerId,
  components: StreamGuard & {
    readonly handlers: Pick<NetworkHandlers, 'onAnnounced' | 'onDescriptors'>
    readonly clock: Pick<Clock, 'deadline'>
  },
  limits: ProtocolLimits,
): void {
  const { handlers, clock } = components

  async function answer(body: Uint8Array): Promise<Uint8Array> {
    const request = parseAnnouncementsRequest(body)
    const deadline = clock.deadline(limits.handlerTimeoutMs)
    switch (request.type) {
      case 'list':
        return encodeAnnouncedList(await abortable(handlers.onAnnounced(from), deadline))
      case 'descriptors':
        return encodeAnnouncedDescriptors(await abortable(handlers.onDescriptors(request), deadline))
    }
  }

  serveExchanges(stream, { ...components, answer }, limits)
}

import type { Stream } from '@libp2p/interface'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import { encodeCertificate } from '../../domain/ledger/certificate.ts'
import type { Clock } from '../../ports/clock.ts'
import type { NetworkHandlers } from '../../ports/network.ts'
import { encodeLogReply, MAX_LOG_ENTRIES } from '../../protocols/authority.ts'
import { MAX_LEDGER_ANSWER_BYTES } from '../../protocols/ledger-replies.ts'
import { parseLedgerRequest } from '../../protocols/ledger.ts'
import type { ProtocolLimits } from '../../protocols/protocol-limits.ts'
import { abortable } from './abortable.ts'
import { serveExchanges, type StreamGuard } from './serve-exchanges.ts'

/** Lets a peer read the ledger that is kept here, which proves itself. Only authorities do what else the protocol has. */
export function serveLedger(
  stream: Stream,
  components: StreamGuard & {
    readonly handlers: Pick<NetworkHandlers, 'onLog'>
    readonly clock: Pick<Clock, 'deadline'>
  },
  limits: ProtocolLimits,
): void {
  const { handlers, clock } = components

  async function answer(body: Uint8Array): Promise<Uint8Array> {
    const request = parseLedgerRequest(body)
    if (request.type !== 'log') throw new LoremeshError('unsupported', 'Only an authority does this')
    if (request.shard !== 0) throw new LoremeshError('bad-input', 'There is one log here')
    const deadline = clock.deadline(limits.handlerTimeoutMs)
    return abortable(readPart(request.position ?? 0, MAX_LOG_ENTRIES), deadline)
  }

  /** So many entries, or as many of them as fit into an answer. */
  async function readPart(position: number, limit: number): Promise<Uint8Array> {
    const { nextPosition, entries } = await handlers.onLog(position, limit)
    const wires = entries.map(({ signed, certificate }) => ({
      entryWire: signed.wire,
      certificateWire: encodeCertificate(certificate),
    }))
    const reply = encodeLogReply({ shards: 1, nextPosition, entries: wires })
    return reply.length <= MAX_LEDGER_ANSWER_BYTES ? reply : readPart(position, Math.ceil(limit / 2))
  }

  serveExchanges(stream, { ...components, answer }, limits)
}

import type { Authority } from '../signaling/authority.ts'
import { peerIdToAccount, type PeerId } from '../src/domain/identity/account.ts'
import type { Identity } from '../src/domain/identity/identity.ts'
import { bytesToHexText } from '../src/domain/kernel/bytes.ts'
import { isLoremeshError, LoremeshError, toLoremeshError } from '../src/domain/kernel/errors.ts'
import { createWritable } from '../src/domain/kernel/readable.ts'
import { createCertificate, type Certificate } from '../src/domain/ledger/certificate.ts'
import type { SignedEntry } from '../src/domain/ledger/entry.ts'
import { parseQuote } from '../src/domain/ledger/quote.ts'
import type { Certifier } from '../src/ports/certifier.ts'
import type { DeliveryReply, Network, NetworkHandlers, NetworkState, Refusal } from '../src/ports/network.ts'
import type { Faults } from './faults.ts'
import type { LedgerAuditor } from './ledger-auditor.ts'
import type { Scheduler } from './scheduler.ts'

/** Messages between peers and to the authority, late and sometimes lost. */
export interface VirtualNetwork {
  /** Messages sent and lost so far. */
  readonly figures: { readonly messages: number; readonly messagesLost: number }
  /** A peer's end of the network; it can be reached between `start` and `disconnect`. */
  createNetwork(self: PeerId): Network
  createCertifier(identity: Identity): Certifier
  disconnect(peerId: PeerId): void
}

const MIN_DELAY_MS = 5
const MAX_DELAY_MS = 800
const TIMEOUT_MS = 5_000

/** A network whose delays and faults are the scheduler's chance. The auditor learns what really happened. */
export function createVirtualNetwork(
  { scheduler, authority, auditor }: { scheduler: Scheduler; authority: Authority; auditor: LedgerAuditor },
  faults: Faults,
): VirtualNetwork {
  const { random } = scheduler
  const handlersOf = new Map<PeerId, NetworkHandlers>()
  const links = new Set<string>()
  const figures = { messages: 0, messagesLost: 0 }

  function send(arrive: () => void): void {
    figures.messages += 1
    if (random.chance(faults.loss)) figures.messagesLost += 1
    else scheduler.after(random.between(MIN_DELAY_MS, MAX_DELAY_MS), arrive)
    if (random.chance(faults.duplication)) send(arrive)
  }

  /** A request and its reply; either may be lost, and the other end may die over it. */
  function exchange<T>(serve: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      scheduler.after(TIMEOUT_MS, () => reject(new LoremeshError('timeout', 'No answer came')))
      send(() => {
        serve().then(
          (reply) => send(() => resolve(reply)),
          (error: unknown) => send(() => reject(toLoremeshError(error))),
        )
      })
    })
  }

  /** Streams lose nothing: where a message does not come, the link is gone. */
  async function exchangeWith<T>(
    [self, peerId]: readonly [PeerId, PeerId],
    serve: (handlers: NetworkHandlers) => Promise<T>,
  ): Promise<T> {
    try {
      return await exchange(async () => {
        const handlers = handlersOf.get(peerId)
        if (handlers === undefined) throw new LoremeshError('not-connected', 'The peer is gone')
        return serve(handlers)
      })
    } catch (error) {
      if (isLoremeshError(error, 'timeout')) links.delete(nameLink(self, peerId))
      throw error
    }
  }

  /** The authority's vote. A claim that is dated in time and comes before anything else settled its payments must stand. */
  function vote(signed: SignedEntry): Certificate {
    const { operation, timestampMs } = signed.entry
    const sources = operation.type === 'claim' ? operation.sources : []
    const isTimely = sources.every((hash) => {
      const payment = authority.payment(hash)
      return payment?.state === 'open' && timestampMs < payment.expiresAtMs
    })
    try {
      return createCertificate(signed, [authority.vote(signed.wire)])
    } finally {
      const isLost = sources.some((hash) => authority.payment(hash)?.state !== 'claimed')
      if (isTimely && isLost) auditor.noteViolation(`the timely claim ${signed.hash} was refused`)
    }
  }

  function link(a: PeerId, b: PeerId): void {
    const name = nameLink(a, b)
    if (links.has(name)) return
    links.add(name)
    handlersOf.get(a)?.onLinkOpened(b)
    handlersOf.get(b)?.onLinkOpened(a)
  }

  return {
    figures,
    disconnect(peerId) {
      handlersOf.delete(peerId)
      for (const name of links) if (name.includes(peerId)) links.delete(name)
    },
    createNetwork(self) {
      const state = createWritable<NetworkState>({ phase: 'connected', reason: '', links: [], addresses: [] })
      return {
        state,
        async start(handlers) {
          await Promise.resolve(handlersOf.set(self, handlers))
        },
        async stop() {
          await Promise.resolve(handlersOf.delete(self))
        },
        connect: (peerId) =>
          exchangeWith([self, peerId], () => {
            link(self, peerId)
            return Promise.resolve({
              peerId,
              kind: 'webrtc',
              direction: 'outbound',
              remoteAddress: `/webrtc/p2p/${peerId}`,
              rttMs: MIN_DELAY_MS,
              openedAtMs: scheduler.nowMs(),
              isServer: false,
            })
          }),
        search: (peerId, request) => exchangeWith([self, peerId], ({ onSearch }) => onSearch(request, self)),
        requestQuote: (peerId, request) =>
          exchangeWith([self, peerId], ({ onFetchRequest }) => refusing(() => onFetchRequest(request, self))),
        async pay(peerId, payment) {
          const isSpoilt = random.chance(faults.rubbish)
          const reply = await exchangeWith([self, peerId], ({ onPayment }) =>
            refusing(() => onPayment(payment, self)),
          )
          if (isSpoilt) return spoil(reply)
          if (reply.status === 'delivered') {
            auditor.noteDelivered(bytesToHexText(parseQuote(payment.quoteWire).invoice))
          }
          return reply
        },
        async acknowledge(peerId, invoice, ack) {
          if (random.chance(faults.withheldAck)) return
          auditor.noteAcknowledged(bytesToHexText(invoice))
          await exchangeWith([self, peerId], ({ onAck }) => onAck(invoice, ack, self))
        },
        async publish(message) {
          // Descriptors are of no matter to the ledger.
          if (message.type === 'descriptors') return
          for (const [peerId, handlers] of handlersOf) {
            if (peerId !== self) send(() => void handlers.onGossip(message, self))
          }
          await Promise.resolve()
        },
      }
    },
    createCertifier(identity) {
      const ask = <T>(answer: () => T): Promise<T> => exchange(async () => Promise.resolve(answer()))
      return {
        certify: (signed) => ask(() => vote(signed)),
        requestStarterGrant: () => ask(() => authority.starterGrant(identity.account)),
        head: (peerId, sinceSeq) =>
          ask(() => {
            const chain = authority.head(peerIdToAccount(peerId), sinceSeq + 1)
            return chain && { state: chain.state, entries: chain.entries.map(({ signed }) => signed) }
          }),
        payment: (hash) => ask(() => authority.payment(hash)),
      }
    },
  }
}

function nameLink(a: PeerId, b: PeerId): string {
  return [a, b].sort().join(' ')
}

/** What a handler throws becomes a refusal, as on the wire. */
async function refusing<T>(answer: () => Promise<T>): Promise<T | Refusal> {
  try {
    return await answer()
  } catch (error) {
    const { code, message } = toLoremeshError(error)
    return { status: 'refused', code, message }
  }
}

function spoil(reply: DeliveryReply): DeliveryReply {
  if (reply.status !== 'delivered') return reply
  return { ...reply, contents: reply.contents.map((bytes) => bytes.map((byte) => byte ^ 1)) }
}

import type { ContextHash } from '../../src/domain/content/context-hash.ts'
import { peerIdToAccount, type Account, type PeerId } from '../../src/domain/identity/account.ts'
import { parseTokens, type MicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { payEntry, reserveEntry } from '../../src/domain/ledger/entry-builders.ts'
import type { EntryHash, SignedEntry, Voucher } from '../../src/domain/ledger/entry.ts'
import { parseQuote, type SignedQuote } from '../../src/domain/ledger/quote.ts'
import type { PaymentMessage, SessionOpening } from '../../src/ports/network.ts'
import {
  CREDIT_BYTES,
  encodeFetchMessage,
  FETCH_PROTOCOL,
  parseProviderMessage,
  type ProviderMessage,
  type RequesterMessage,
} from '../../src/protocols/fetch.ts'
import { startRawPeer, type RawPeer, type RawStream } from './node-peer-raw.ts'
import type { TestServer } from './start-server.ts'

type WithoutExchange<T> = T extends unknown ? Omit<T, 'exchange'> : never

/** A payer whose every message is made by hand, with an open account and a fetch stream to one provider. */
export interface RawPayer {
  readonly raw: RawPeer
  readonly stream: RawStream
  /** Begins an exchange that is answered with one message, and gives that. */
  say(message: WithoutExchange<RequesterMessage>): Promise<ProviderMessage>
  /** A certified reserve for the provider, as `makeReserve` makes it. */
  reserve(part?: PartOfReserve): Promise<CertifiedReserve>
  /** Opens a session with a reserve. */
  open(opening: SessionOpening): Promise<ProviderMessage>
  /** Takes contexts under a reserve; vouchers are sent within the take, as soon as the quote has come. */
  take(
    reserve: EntryHash,
    contexts: readonly ContextHash[],
    vouchers?: readonly { readonly reserve: EntryHash; readonly voucher: Voucher }[],
  ): Promise<Taken>
  /** Sends a voucher by itself. */
  vouch(reserve: EntryHash, voucher: Voucher): Promise<ProviderMessage>
  stop(): Promise<void>
}

/** What came of a take. */
interface Taken {
  /** Undefined when nothing was quoted. */
  readonly quote: SignedQuote | undefined
  readonly bytes: number
  readonly end: ProviderMessage
}

/** What differs from what was quoted. */
export interface PartOfPayment {
  readonly amount?: MicroTokens
  readonly expiresAtMs?: number
}

/** What differs from a reserve of ten tokens for the provider, for as long as reserves last. */
export interface PartOfReserve {
  readonly to?: Account
  readonly cap?: MicroTokens
  readonly expiresAtMs?: number
}

export interface CertifiedPayment {
  readonly signed: SignedEntry
  readonly payment: PaymentMessage
}

export interface CertifiedReserve {
  readonly signed: SignedEntry
  readonly opening: { readonly reserveWire: Uint8Array; readonly certificateWire: Uint8Array }
}

/** Pays a quote from an open account: the entry is certified, but not sent to anybody. */
export async function payQuote(
  { info: { genesis }, view, state, write }: RawPeer,
  { quote, invoice, wire }: SignedQuote,
  part: PartOfPayment = {},
): Promise<CertifiedPayment> {
  const { amount = quote.price, expiresAtMs = Date.now() + genesis.paymentWindowMs } = part
  const terms = { to: quote.payee, amount, invoice, expiresAtMs }
  const { signed, certificateWire } = await write(
    payEntry(await state(), terms, view.moment(), view.lookup()),
  )
  return { signed, payment: { quoteWire: wire, payWire: signed.wire, certificateWire } }
}

/** Reserves tokens from an open account: the entry is certified, but not sent to anybody. */
export async function makeReserve(
  { info: { genesis }, view, state, write }: RawPeer,
  { to, cap = parseTokens('10'), expiresAtMs }: PartOfReserve & { readonly to: Account },
): Promise<CertifiedReserve> {
  const now = view.moment()
  const terms = { to, cap, expiresAtMs: expiresAtMs ?? now.timestampMs + genesis.paymentWindowMs }
  const { signed, certificateWire } = await write(reserveEntry(await state(), terms, now, view.lookup()))
  return { signed, opening: { reserveWire: signed.wire, certificateWire } }
}

/** Starts a payer of `provider`. */
export async function startRawPayer(server: Pick<TestServer, 'url'>, provider: PeerId): Promise<RawPayer> {
  const raw = await startRawPeer(server)
  await raw.openAccount()
  const stream = await raw.open(provider, FETCH_PROTOCOL)
  let exchange = 0

  function begin(message: WithoutExchange<RequesterMessage>): void {
    exchange += 1
    stream.send(encodeFetchMessage({ ...message, exchange }))
  }

  async function next(): Promise<ProviderMessage> {
    const frame = await stream.next()
    if (frame === undefined) throw new Error('The provider closed the stream')
    return parseProviderMessage(frame)
  }

  function say(message: WithoutExchange<RequesterMessage>): Promise<ProviderMessage> {
    begin(message)
    return next()
  }

  return {
    raw,
    stream,
    say,
    reserve: (part) => makeReserve(raw, { to: peerIdToAccount(provider), ...part }),
    open: ({ reserveWire, certificateWire }) => say({ type: 'open', reserveWire, certificateWire }),
    async take(reserve, contexts, vouchers = []) {
      const requestId = crypto.getRandomValues(new Uint8Array(16))
      const maxTokenCost = parseTokens('100')
      const take = { requestId, contexts, maxTokenCost, reserve, creditBytes: CREDIT_BYTES }
      let quote: SignedQuote | undefined
      let bytes = 0
      begin({ type: 'take', ...take })
      for (;;) {
        const message = await next()
        if (message.type === 'quote') {
          quote = parseQuote(message.quoteWire)
          for (const voucher of vouchers) stream.send(encodeFetchMessage(toMessage(exchange, voucher)))
        } else if (message.type === 'frame') {
          bytes += message.payload.length
        } else {
          return { quote, bytes, end: message }
        }
      }
    },
    vouch(reserve, voucher) {
      exchange += 1
      stream.send(encodeFetchMessage(toMessage(exchange, { reserve, voucher })))
      return next()
    },
    stop: raw.stop,
  }
}

function toMessage(
  exchange: number,
  { reserve, voucher }: { readonly reserve: EntryHash; readonly voucher: Voucher },
): RequesterMessage {
  const { amount, signature } = voucher
  if (amount === undefined) throw new Error('A voucher of a reserve has an amount')
  return { type: 'voucher', exchange, reserve, amount, signature }
}

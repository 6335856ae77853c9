import { encodeCertificate } from '../../src/domain/ledger/certificate.ts'
import { payEntry } from '../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../src/domain/ledger/entry-codec.ts'
import type { SignedEntry } from '../../src/domain/ledger/entry.ts'
import { parseQuote, type SignedQuote } from '../../src/domain/ledger/quote.ts'
import type { ContextHash } from '../../src/domain/content/context-hash.ts'
import type { PeerId } from '../../src/domain/identity/account.ts'
import { parseTokens, type MicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { PaymentMessage } from '../../src/ports/network.ts'
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
  /** Sends one message and gives what ends the exchange, after however many frames. */
  say(message: WithoutExchange<RequesterMessage>): Promise<ProviderMessage>
  requestQuote(contexts: readonly ContextHash[]): Promise<SignedQuote>
  /** A certified payment for a quote, as `payQuote` makes it. */
  pay(quote: SignedQuote, part?: PartOfPayment): Promise<CertifiedPayment>
  /** Sends a payment. */
  send(payment: PaymentMessage): Promise<ProviderMessage>
  stop(): Promise<void>
}

/** What differs from what was quoted. */
export interface PartOfPayment {
  readonly amount?: MicroTokens
  readonly expiresAtMs?: number
}

export interface CertifiedPayment {
  readonly signed: SignedEntry
  readonly payment: PaymentMessage
}

/** Pays a quote from an open account: the entry is certified, but not sent to anybody. */
export async function payQuote(
  { identity, info: { genesis }, certifier, state }: RawPeer,
  { quote, invoice, wire }: SignedQuote,
  part: PartOfPayment = {},
): Promise<CertifiedPayment> {
  const now = Date.now()
  const { amount = quote.price, expiresAtMs = now + genesis.paymentWindowMs } = part
  const entry = payEntry(await state(), genesis, { to: quote.payee, amount, invoice, expiresAtMs }, now)
  const signed = signEntry(identity, entry)
  const certificateWire = encodeCertificate(await certifier.certify(signed))
  return { signed, payment: { quoteWire: wire, payWire: signed.wire, certificateWire } }
}

/** Starts a payer of `provider`. */
export async function startRawPayer(server: Pick<TestServer, 'url'>, provider: PeerId): Promise<RawPayer> {
  const raw = await startRawPeer(server)
  await raw.openAccount()
  const stream = await raw.open(provider, FETCH_PROTOCOL)
  let exchange = 0

  async function say(message: WithoutExchange<RequesterMessage>): Promise<ProviderMessage> {
    exchange += 1
    stream.send(encodeFetchMessage({ ...message, exchange }))
    for (;;) {
      const frame = await stream.next()
      if (frame === undefined) throw new Error('The provider closed the stream')
      const answer = parseProviderMessage(frame)
      if (answer.type !== 'frame') return answer
    }
  }

  return {
    raw,
    stream,
    say,
    async requestQuote(contexts) {
      const requestId = crypto.getRandomValues(new Uint8Array(16))
      const reply = await say({ type: 'request', requestId, contexts, maxTokenCost: parseTokens('100') })
      if (reply.type !== 'quote') throw new Error(`No quote: ${JSON.stringify(reply)}`)
      return parseQuote(reply.quoteWire)
    },
    pay: (quote, part) => payQuote(raw, quote, part),
    send: (payment) => say({ type: 'pay', ...payment, creditBytes: CREDIT_BYTES }),
    stop: raw.stop,
  }
}

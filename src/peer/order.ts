import type { ContextHash } from '../domain/content/context-hash.ts'
import { contextPrice } from '../domain/economy/price.ts'
import { peerIdToAccount, type PeerId } from '../domain/identity/account.ts'
import type { Identity } from '../domain/identity/identity.ts'
import type { SignatureVerifier } from '../domain/identity/signature.ts'
import { isLoremeshError } from '../domain/kernel/errors.ts'
import { sumTokens, type MicroTokens } from '../domain/kernel/micro-tokens.ts'
import type { SignedQuote } from '../domain/ledger/quote.ts'
import type { Clock } from '../ports/clock.ts'
import type { Network, Taking } from '../ports/network.ts'
import type { Randomness } from '../ports/randomness.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { LedgerView } from './ledger-view.ts'
import { isUsedUp, type PayerSession, type PayerSessions } from './payer-sessions.ts'
import { checkQuote } from './quote-check.ts'

const ATTEMPTS = 2

/** Contexts wanted of one provider. */
export interface Order {
  readonly provider: PeerId
  /** With the size that their descriptor claims. */
  readonly wanted: ReadonlyMap<ContextHash, number>
  readonly maxTokenCost: MicroTokens
  readonly signal?: AbortSignal
  /** Called when the authorities are waited for, and when the provider is; more than once. */
  readonly onStage?: (stage: 'paying' | 'fetching') => void
  /** Called whenever the provider gave something: a link, its terms, a quote, a context. */
  readonly onProgress?: () => void
}

/** An order that a provider took up. */
interface PlacedOrder {
  readonly session: PayerSession
  readonly taking: Taking
  /**
   * The quote, checked. One that asks too much is checked again when a checkpoint that was not known here raised the price.
   * Throws what `checkQuote` throws.
   */
  quote(): Promise<SignedQuote>
}

/** Orders contexts within sessions. */
export interface Orders {
  /**
   * Opens a session and asks for the contexts in it; once more with another reserve when the provider has done with this
   * one. Throws what `PayerSessions.open` and `Network.take` throw.
   */
  place(order: Order): Promise<PlacedOrder>
}

/** Creates the payer's orders. */
export function createOrders(components: {
  readonly identity: Pick<Identity, 'account'>
  readonly sessions: PayerSessions
  readonly network: Pick<Network, 'take'>
  readonly clock: Pick<Clock, 'nowMs'>
  readonly randomness: Randomness
  readonly signatureVerifier: SignatureVerifier
  readonly view: Pick<LedgerView, 'parameters'>
  readonly checkpoints: Pick<Checkpoints, 'catchUp'>
}): Orders {
  const { identity, sessions, network, clock, randomness, signatureVerifier, view, checkpoints } = components

  const priceOf = (sizeBytes: number): MicroTokens => contextPrice(sizeBytes, view.parameters().pricePerKb)

  async function openSession({ provider, wanted, signal, onStage }: Order): Promise<PayerSession> {
    const need = sumTokens([...wanted.values()].map(priceOf))
    const reserving = { isNeeded: false }
    const session = await sessions.open(provider, need, {
      signal,
      onReserve() {
        reserving.isNeeded = true
        onStage?.('paying')
      },
      onReserved: () => onStage?.('fetching'),
    })
    if (!reserving.isNeeded) onStage?.('fetching')
    return session
  }

  async function take(order: Order, requestId: Uint8Array, attempt = 1): Promise<Omit<PlacedOrder, 'quote'>> {
    const { provider, wanted, maxTokenCost, signal } = order
    const session = await openSession(order)
    order.onProgress?.()
    const { reserve } = session
    try {
      const contexts = [...wanted.keys()]
      return {
        session,
        taking: await network.take(provider, { requestId, contexts, maxTokenCost, reserve }, signal),
      }
    } catch (error) {
      // A provider that does not know the session may have been restored from a backup.
      sessions.forget(provider)
      const isTooLittle = isLoremeshError(error, 'payment-required')
      const mayHelp = isTooLittle || isUsedUp(error) || isLoremeshError(error, 'not-found')
      if (attempt === ATTEMPTS || !mayHelp) throw error
      // Without its certificate a reserve buys what the provider gives on trust only.
      if (isTooLittle && !session.isCertified) await sessions.certify(signal)
      else if (!isLoremeshError(error, 'not-found')) sessions.retire(session)
      return take(order, requestId, attempt + 1)
    }
  }

  async function quoteOf({ quoteWire }: Taking, requestId: Uint8Array, order: Order): Promise<SignedQuote> {
    const { provider, wanted, maxTokenCost, signal } = order
    const check = (pricePerKb: MicroTokens): Promise<SignedQuote> =>
      checkQuote(
        quoteWire,
        {
          payee: peerIdToAccount(provider),
          payer: identity.account,
          requestId,
          contexts: [...wanted.keys()],
          maxTokenCost,
          pricePerKb,
          nowMs: clock.nowMs(),
        },
        signatureVerifier,
      )
    const { pricePerKb } = view.parameters()
    try {
      return await check(pricePerKb)
    } catch (error) {
      if (!isLoremeshError(error, 'price-above-limit')) throw error
      // While no authority answers, what is known decides.
      await checkpoints.catchUp(signal).catch(() => undefined)
      const raised = view.parameters().pricePerKb
      if (raised <= pricePerKb) throw error
      return check(raised)
    }
  }

  return {
    async place(order) {
      const requestId = randomness.bytes(16)
      const placed = await take(order, requestId)
      return { ...placed, quote: () => quoteOf(placed.taking, requestId, order) }
    },
  }
}

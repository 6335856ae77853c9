import { shortPeerId } from '../domain/identity/account.ts'
import { formatTokens, sumTokens } from '../domain/kernel/micro-tokens.ts'
import type { Entry } from '../domain/ledger/entry.ts'
import type { PaymentRecord } from '../ports/ledger-store.ts'
import type { WalletPurchase } from './wallet-state.ts'

/** A sentence that says why an entry was written, which concerns these payments and deliveries. */
export function reasonOf(
  { operation }: Entry,
  concerned: readonly PaymentRecord[],
  deliveries: readonly WalletPurchase[],
): string {
  const peers = peersOf(concerned)
  switch (operation.type) {
    case 'open':
      return 'The account was opened'
    case 'collect':
      return 'Starter tokens for a new peer, to spend inside Loremesh'
    case 'pay':
      return `${passagesOf(deliveries)} from ${peers}${questionOf(deliveries)}`
    case 'reserve':
      return deliveries.length === 0
        ? `Set aside to buy from ${peers}; what is not used comes back`
        : `Set aside for ${peers}: ${paidFor(deliveries)} tokens bought ${passagesOf(deliveries)}${questionOf(deliveries)}, the rest comes back`
    case 'claim':
      return `Earned with ${passagesOf(deliveries)} served to ${peers}`
    case 'reclaim': {
      const [lapsed] = concerned
      const amount = lapsed === undefined ? 'Tokens' : `${formatTokens(lapsed.amount)} tokens`
      return `${amount} came back: ${peers} did not claim them in time`
    }
    case 'release':
      return operation.amount === 0n
        ? `Everything set aside for ${peers} was used`
        : `${formatTokens(operation.amount)} tokens that were set aside for ${peers} came back`
  }
}

/** A sentence about a payment that somebody else owes for deliveries. */
export function incomingReason(payment: PaymentRecord, deliveries: readonly WalletPurchase[]): string {
  return `${passagesOf(deliveries)} served to ${peersOf([payment])}; not claimed yet`
}

/** A sentence about the entries up to `seq`, which are no longer kept. */
export function earlierReason(seq: number): string {
  return `What the entries up to No. ${seq} left; they are no longer kept on this device`
}

function peersOf(concerned: readonly PaymentRecord[]): string {
  const peers = new Set(concerned.map(({ counterparty }) => counterparty))
  const [only] = peers
  if (only === undefined) return 'a peer'
  return peers.size === 1 ? `peer ${shortPeerId(only)}` : `${peers.size} peers`
}

function passagesOf(deliveries: readonly WalletPurchase[]): string {
  if (deliveries.length === 0) return 'passages'
  const contexts = deliveries.reduce((sum, delivery) => sum + delivery.contexts.length, 0)
  const bytes = deliveries.reduce((sum, delivery) => sum + delivery.sizeBytes, 0)
  return `${contexts} ${contexts === 1 ? 'passage' : 'passages'} (${(bytes / 1024).toFixed(1)} KB)`
}

function paidFor(deliveries: readonly WalletPurchase[]): string {
  return formatTokens(sumTokens(deliveries.map(({ paid }) => paid)))
}

function questionOf(deliveries: readonly WalletPurchase[]): string {
  const questions = new Set(deliveries.map(({ question }) => question).filter((text) => text !== ''))
  const [only] = questions
  if (only === undefined) return ''
  return questions.size === 1 ? ` for “${only}”` : ` for ${questions.size} questions`
}

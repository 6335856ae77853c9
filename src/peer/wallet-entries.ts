import { shortPeerId } from '../domain/identity/account.ts'
import { formatTokens, sumTokens, ZERO_TOKENS } from '../domain/kernel/micro-tokens.ts'
import { sourcesOf, type Entry, type EntryHash } from '../domain/ledger/entry.ts'
import { receiptToJson } from '../domain/ledger/receipt.ts'
import type { LedgerRecord, PaymentRecord, PurchaseRecord } from '../ports/ledger-store.ts'
import type { WalletEntry, WalletPurchase } from './peer.ts'

type WalletEntries = (
  records: readonly LedgerRecord[],
  payments: readonly PaymentRecord[],
  purchases: readonly PurchaseRecord[],
  checkpointedSeq: number,
) => readonly WalletEntry[]

/** Makes the lines of the wallet of what is stored, newest first. Receipts are made anew only when they have changed. */
export function createWalletEntries(): WalletEntries {
  const purchaseOf = createWalletPurchases()

  return (records, payments, purchases, checkpointedSeq) => {
    const byHash = new Map(payments.map((payment) => [payment.payment, payment]))
    const byPayment = new Map<EntryHash, PurchaseRecord[]>()
    for (const purchase of purchases) {
      byPayment.set(purchase.payment, [...(byPayment.get(purchase.payment) ?? []), purchase])
    }
    return records.map(({ signed, certificateWire }, at): WalletEntry => {
      const { entry, hash } = signed
      const named = [hash, ...sourcesOf(entry.operation)]
      const concerned = named.flatMap((payment) => byHash.get(payment) ?? [])
      const deliveries = concerned.flatMap((payment) =>
        (byPayment.get(payment.payment) ?? []).map((purchase) => purchaseOf(purchase, payment)),
      )
      const parties = new Set(concerned.map((payment) => payment.counterparty))
      const [only] = concerned
      const after = availableAfter(entry)
      const before = records[at + 1]
      return {
        id: hash,
        seq: entry.seq,
        timestampMs: entry.timestampMs,
        kind: entry.operation.type,
        change: after - (before === undefined ? 0n : availableAfter(before.signed.entry)),
        after,
        reason: reasonOf(entry, concerned, deliveries),
        counterparty: parties.size === 1 && only !== undefined ? only.counterparty : null,
        purchases: deliveries,
        state:
          certificateWire === undefined
            ? 'pending'
            : entry.seq <= checkpointedSeq
              ? 'checkpointed'
              : 'certified',
        phase: only?.payment === hash ? only.phase : null,
      }
    })
  }
}

function availableAfter({ balance, credit }: Entry) {
  return sumTokens([balance, credit])
}

function createWalletPurchases(): (purchase: PurchaseRecord, payment: PaymentRecord) => WalletPurchase {
  const made = new Map<string, { readonly key: string; readonly purchase: WalletPurchase }>()
  return (record, payment) => {
    const { invoice, paid, deliveryWire } = record
    const key = `${paid} ${deliveryWire === undefined ? '' : 'delivered'} ${payment.certificateWire === undefined ? '' : 'certified'}`
    const known = made.get(invoice)
    if (known?.key === key) return known.purchase
    const purchase: WalletPurchase = {
      invoice,
      direction: record.direction,
      counterparty: record.counterparty,
      timestampMs: record.createdAtMs,
      contexts: record.items.map(({ contextHash }) => contextHash),
      sizeBytes: record.items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      price: record.price,
      paid,
      question: record.question,
      receipt: receiptToJson({
        kind: payment.kind,
        entryWire: payment.entryWire,
        certificateWire: payment.certificateWire,
        quoteWire: record.quoteWire,
        deliveryWire,
        voucher: record.voucher,
      }),
    }
    made.set(invoice, { key, purchase })
    return purchase
  }
}

/** A sentence that says why an entry was written. */
function reasonOf(
  { operation }: Entry,
  concerned: readonly PaymentRecord[],
  deliveries: readonly WalletPurchase[],
): string {
  const [first] = concerned
  const peer = first === undefined ? 'a peer' : `peer ${shortPeerId(first.counterparty)}`
  switch (operation.type) {
    case 'open':
      return 'The account was opened'
    case 'collect':
      return 'Starter tokens for a new peer, to spend inside Loremesh'
    case 'pay':
      return `${passagesOf(deliveries)} from ${peer}${questionOf(deliveries)}`
    case 'reserve':
      return deliveries.length === 0
        ? `Set aside to buy from ${peer}; what is not used comes back`
        : `Set aside for ${peer}: ${formatTokens(paidFor(deliveries))} tokens bought ${passagesOf(deliveries)}${questionOf(deliveries)}, the rest comes back`
    case 'claim': {
      const payers = new Set(concerned.map((payment) => payment.counterparty)).size
      return `Earned with ${passagesOf(deliveries)} served to ${payers === 1 ? peer : `${payers} peers`}`
    }
    case 'reclaim':
      return `${formatTokens(first?.amount ?? ZERO_TOKENS)} tokens came back: ${peer} did not claim them in time`
    case 'release':
      return operation.amount === 0n
        ? `Everything set aside for ${peer} was used`
        : `${formatTokens(operation.amount)} tokens that were set aside for ${peer} came back`
  }
}

function passagesOf(deliveries: readonly WalletPurchase[]): string {
  const contexts = deliveries.reduce((sum, delivery) => sum + delivery.contexts.length, 0)
  const bytes = deliveries.reduce((sum, delivery) => sum + delivery.sizeBytes, 0)
  return `${contexts} ${contexts === 1 ? 'passage' : 'passages'} (${(bytes / 1024).toFixed(1)} KB)`
}

function paidFor(deliveries: readonly WalletPurchase[]) {
  return sumTokens(deliveries.map(({ paid }) => paid))
}

function questionOf(deliveries: readonly WalletPurchase[]): string {
  const questions = new Set(deliveries.map(({ question }) => question).filter((text) => text !== ''))
  const [only] = questions
  if (only === undefined) return ''
  return questions.size === 1 ? ` for “${only}”` : ` for ${questions.size} questions`
}

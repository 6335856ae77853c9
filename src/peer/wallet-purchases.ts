import { receiptToJson } from '../domain/ledger/receipt.ts'
import type { PaymentRecord, PurchaseRecord } from '../ports/ledger-store.ts'
import type { WalletPurchase } from './wallet-state.ts'

/** Gives the wallet's view of a delivery, the same object again until the delivery has changed. */
export function createWalletPurchases(): (
  purchase: PurchaseRecord,
  payment: PaymentRecord,
) => WalletPurchase {
  const made = new Map<string, { readonly version: string; readonly purchase: WalletPurchase }>()
  return (record, payment) => {
    const version = versionOf(record, payment)
    const known = made.get(record.invoice)
    if (known?.version === version) return known.purchase
    const purchase = toWalletPurchase(record, payment)
    made.set(record.invoice, { version, purchase })
    return purchase
  }
}

function versionOf(
  { paid, deliveryWire, voucher }: PurchaseRecord,
  { certificateWire }: PaymentRecord,
): string {
  const has = [deliveryWire, voucher, certificateWire].map((part) => (part === undefined ? '-' : '+'))
  return `${paid} ${has.join('')}`
}

/** Receipts are long and rarely read, so each is made when somebody asks for it. */
function toWalletPurchase(record: PurchaseRecord, payment: PaymentRecord): WalletPurchase {
  let receipt: string | undefined
  return {
    invoice: record.invoice,
    direction: record.direction,
    counterparty: record.counterparty,
    timestampMs: record.createdAtMs,
    contexts: record.items.map(({ contextHash }) => contextHash),
    sizeBytes: record.items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    price: record.price,
    paid: record.paid,
    question: record.question,
    get receipt() {
      receipt ??= receiptToJson({
        kind: payment.kind,
        entryWire: payment.entryWire,
        certificateWire: payment.certificateWire,
        quoteWire: record.quoteWire,
        deliveryWire: record.deliveryWire,
        voucher: record.voucher,
      })
      return receipt
    },
  }
}

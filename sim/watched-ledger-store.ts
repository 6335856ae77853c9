import type { PeerId } from '../src/domain/identity/account.ts'
import type { Identity } from '../src/domain/identity/identity.ts'
import { slotOf } from '../src/domain/ledger/fork-proof.ts'
import { parseFraudProof } from '../src/domain/ledger/fraud-proof.ts'
import { isSpend, type EntryHash, type SignedEntry } from '../src/domain/ledger/entry.ts'
import type { LedgerStore, PaymentRecord } from '../src/ports/ledger-store.ts'
import type { NodeName } from './virtual-wires.ts'
import type { World } from './world.ts'

/**
 * A peer's store of which everything that is written is looked at: an honest peer signs one spend a place, and pays for
 * what came.
 */
export function watchLedgerStore(
  store: LedgerStore,
  { genesis, honest, forks, losses, violate, log }: World,
  { identity, node }: { readonly identity: Identity; readonly node: NodeName },
): LedgerStore {
  /** What was signed at each place, newest last. */
  const written = new Map<string, SignedEntry>()
  /** What was vouched for from each reserve. */
  const vouched = new Map<EntryHash, { readonly payee: PeerId; readonly amount: bigint }>()

  function checkEntry(signed: SignedEntry): void {
    const { operation, seq } = signed.entry
    log(`${node} writes ${operation.type} ${seq}: ${signed.hash.slice(0, 8)}`)
    if (!honest.has(identity.peerId)) return
    const slot = slotOf(signed.entry)
    const earlier = written.get(slot)
    if (earlier !== undefined && earlier.hash !== signed.hash && isSpend(earlier.entry)) {
      violate(`${node} signed a second entry at ${slot}`)
    }
    written.set(slot, signed)
  }

  /** A payee is trusted with one credit line for good; but for that, nothing is paid that did not come. */
  function noteVoucher({ payment, direction, counterparty, voucher }: PaymentRecord): void {
    if (voucher?.amount === undefined) return
    if (direction === 'in') losses.vouched(payment, voucher.amount)
    if (direction === 'in' || !honest.has(identity.peerId)) return
    vouched.set(payment, { payee: counterparty, amount: voucher.amount })
    const some = [...vouched].filter(([, { payee }]) => payee === counterparty)
    const inAdvance = some.reduce(
      (sum, [reserve, { amount }]) => sum + advance(amount, losses.receivedOf(reserve)),
      0n,
    )
    if (inAdvance > genesis.creditLine) violate(`${node} paid ${inAdvance} µT for what did not come`)
  }

  return {
    ...store,
    append(signed, state, expectedHead, payment) {
      return store.append(signed, state, expectedHead, payment).then(() => checkEntry(signed))
    },
    putPayment(record) {
      noteVoucher(record)
      return store.putPayment(record)
    },
    putPurchase(record, payment) {
      noteVoucher(payment)
      return store.putPurchase(record, payment)
    },
    async putForkProof(wire) {
      const fraud = parseFraudProof(wire)
      await store.putForkProof(wire)
      if (fraud.type === 'fork-proof') forks.knows(node, fraud.proof.e1.entry.account)
    },
  }
}

function advance(vouched: bigint, received: bigint): bigint {
  return vouched > received ? vouched - received : 0n
}

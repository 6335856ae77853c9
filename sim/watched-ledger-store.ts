import type { Identity } from '../src/domain/identity/identity.ts'
import { slotOf } from '../src/domain/ledger/fork-proof.ts'
import { parseFraudProof } from '../src/domain/ledger/fraud-proof.ts'
import { isSpend, type SignedEntry } from '../src/domain/ledger/entry.ts'
import type { LedgerStore, PaymentRecord } from '../src/ports/ledger-store.ts'
import type { NodeName } from './virtual-wires.ts'
import type { World } from './world.ts'

/**
 * A peer's store of which everything that is written is looked at: an honest peer signs one spend a place, and vouches for
 * no more than came.
 */
export function watchLedgerStore(
  store: LedgerStore,
  { honest, forks, losses, violate, log }: World,
  { identity, node }: { readonly identity: Identity; readonly node: NodeName },
): LedgerStore {
  /** What was signed at each place, newest last. */
  const written = new Map<string, SignedEntry>()

  function checkEntry(signed: SignedEntry): void {
    if (!honest.has(identity.peerId)) return
    const slot = slotOf(signed.entry)
    log(`${node} writes ${signed.entry.operation.type} ${signed.entry.seq} ${signed.hash.slice(0, 8)}`)
    const earlier = written.get(slot)
    if (earlier !== undefined && earlier.hash !== signed.hash && isSpend(earlier.entry)) {
      violate(`${node} signed a second entry at ${slot}`)
    }
    written.set(slot, signed)
  }

  function checkVoucher({ payment, direction, voucher }: PaymentRecord): void {
    if (direction !== 'out' || voucher?.amount === undefined || !honest.has(identity.peerId)) return
    const received = losses.receivedOf(payment)
    if (voucher.amount > received) violate(`${node} vouched for ${voucher.amount} µT, ${received} came`)
  }

  return {
    ...store,
    append(signed, state, expectedHead, payment) {
      return store.append(signed, state, expectedHead, payment).then(() => checkEntry(signed))
    },
    putPayment(record) {
      checkVoucher(record)
      return store.putPayment(record)
    },
    putPurchase(record, payment) {
      checkVoucher(payment)
      return store.putPurchase(record, payment)
    },
    putForkProof(wire) {
      const fraud = parseFraudProof(wire)
      if (fraud.type === 'fork-proof') forks.knows(node, fraud.proof.e1.entry.account)
      return store.putForkProof(wire)
    },
  }
}

import { createMemoryLedgerStore } from '../../src/adapters/storage-memory/memory-ledger-store.ts'
import type { LedgerStore } from '../../src/ports/ledger-store.ts'

/** A ledger store with everything that another one has: a backup, or a copy of a profile. */
export async function copyLedgerStore(store: LedgerStore): Promise<LedgerStore> {
  const copy = createMemoryLedgerStore()
  const head = await store.head()
  if (head !== undefined) await copy.adopt((await store.listEntries()).toReversed(), head)
  for (const payment of await store.listPayments()) await copy.putPayment(payment)
  for (const purchase of await store.listPurchases()) {
    const payment = await store.getPayment(purchase.payment)
    if (payment !== undefined) await copy.putPurchase(purchase, payment)
  }
  const checkpoint = await store.newestCheckpoint()
  if (checkpoint !== undefined) await copy.putCheckpoint(checkpoint)
  await copy.putCheckpointedSeq(await store.checkpointedSeq())
  for (const proof of await store.listForkProofs()) await copy.putForkProof(proof)
  return copy
}

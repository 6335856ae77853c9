import { peerIdToAccount } from '../domain/identity/account.ts'
import type { Identity } from '../domain/identity/identity.ts'
import { isLoremeshError } from '../domain/kernel/errors.ts'
import type { Payment } from '../domain/ledger/account-state.ts'
import { claimEntry, reclaimEntry } from '../domain/ledger/entry-builders.ts'
import type { EntryHash } from '../domain/ledger/entry.ts'
import type { Genesis } from '../domain/ledger/genesis.ts'
import { MAX_CLAIM_SOURCES } from '../domain/ledger/operation-codec.ts'
import type { Certifier } from '../ports/certifier.ts'
import type { Clock } from '../ports/clock.ts'
import type { LedgerStore, PaymentPhase, PaymentRecord } from '../ports/ledger-store.ts'
import type { OwnAccount } from './own-account.ts'

/** Time before the end of a payment's window after which claiming it is not tried any more. */
const CLAIM_MARGIN_MS = 2_000
/** Time after the end of a payment's window before it is taken back, so that clocks need not agree. */
const RECLAIM_MARGIN_MS = 1_000

/** Claims what others paid and takes back what nobody claimed. */
export interface Settlement {
  /** Claims every acknowledged payment, in batches of 64. */
  claim(): Promise<void>
  /** Takes back payments whose window has passed without a claim, and notes those that were claimed. */
  reclaim(): Promise<void>
  /** Notes that a payee has claimed these payments. */
  noteClaimed(payments: readonly EntryHash[]): Promise<void>
}

/** Creates the settlement of `identity`'s payments. */
export function createSettlement(components: {
  readonly identity: Identity
  readonly account: OwnAccount
  readonly ledgerStore: LedgerStore
  readonly certifier: Certifier
  readonly clock: Pick<Clock, 'nowMs'>
  readonly genesis: Genesis
}): Settlement {
  const { identity, account, ledgerStore, certifier, clock, genesis } = components

  function toPayment(record: PaymentRecord): Payment {
    const own = identity.account
    const other = peerIdToAccount(record.counterparty)
    return {
      hash: record.payment,
      payer: record.direction === 'out' ? own : other,
      payee: record.direction === 'out' ? other : own,
      amount: record.amount,
      fromCredit: record.fromCredit,
      expiresAtMs: record.expiresAtMs,
      state: 'open',
    }
  }

  async function setPhase(records: readonly PaymentRecord[], phase: PaymentPhase): Promise<void> {
    for (const record of records) await ledgerStore.putPayment({ ...record, phase })
  }

  async function claimBatch(batch: readonly PaymentRecord[]): Promise<void> {
    const sources = batch.map(toPayment)
    const vouchers = batch.flatMap((record) => (record.ack === undefined ? [] : [record.ack]))
    try {
      await account.write((state) => ({
        entry: claimEntry(state, genesis, sources, vouchers, clock.nowMs()),
        sources,
      }))
      await setPhase(batch, 'claimed')
    } catch (error) {
      if (isLoremeshError(error, 'already-claimed') || isLoremeshError(error, 'expired')) {
        await dropUnclaimable(batch)
      } else throw error
    }
  }

  /** Looks up what became of payments that can't be claimed, so that they don't hold up the others. */
  async function dropUnclaimable(batch: readonly PaymentRecord[]): Promise<void> {
    for (const record of batch) {
      const payment = await certifier.payment(record.payment)
      if (payment?.state === 'claimed') await setPhase([record], 'claimed')
      else if (payment?.state !== 'open' || record.expiresAtMs <= clock.nowMs())
        await setPhase([record], 'lapsed')
    }
  }

  return {
    async claim() {
      const waiting = await ledgerStore.listPayments({ direction: 'in', phases: ['certified', 'delivered'] })
      const lapsed = waiting.filter((record) => record.expiresAtMs <= clock.nowMs() + CLAIM_MARGIN_MS)
      await dropUnclaimable(lapsed)
      const claimable = waiting.filter((record) => record.phase === 'delivered' && !lapsed.includes(record))
      for (let start = 0; start < claimable.length; start += MAX_CLAIM_SOURCES) {
        await claimBatch(claimable.slice(start, start + MAX_CLAIM_SOURCES))
      }
    },
    async reclaim() {
      const open = await ledgerStore.listPayments({
        direction: 'out',
        phases: ['signed', 'certified', 'delivered'],
      })
      for (const record of open) {
        if (record.expiresAtMs + RECLAIM_MARGIN_MS > clock.nowMs()) continue
        const payment = await certifier.payment(record.payment)
        if (payment === undefined) continue
        if (payment.state === 'open') {
          // Dated at the end of the window and not now: authorities take no reclaim from a clock that is ahead of theirs.
          await account.write((state) => ({
            entry: reclaimEntry(state, genesis, payment, payment.expiresAtMs),
            sources: [payment],
          }))
        }
        await setPhase([record], payment.state === 'claimed' ? 'claimed' : 'reclaimed')
      }
    },
    async noteClaimed(payments) {
      for (const hash of payments) {
        const record = await ledgerStore.getPayment(hash)
        if (record?.direction === 'out' && record.phase !== 'claimed') await setPhase([record], 'claimed')
      }
    },
  }
}

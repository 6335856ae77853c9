import { peerIdToAccount } from '../domain/identity/account.ts'
import type { Identity } from '../domain/identity/identity.ts'
import { isLoremeshError } from '../domain/kernel/errors.ts'
import { ZERO_TOKENS } from '../domain/kernel/micro-tokens.ts'
import type { Payment } from '../domain/ledger/account-state.ts'
import { claimEntry, reclaimEntry, releaseEntry } from '../domain/ledger/entry-builders.ts'
import type { EntryHash, Voucher } from '../domain/ledger/entry.ts'
import type { Genesis } from '../domain/ledger/genesis.ts'
import { MAX_CLAIM_SOURCES } from '../domain/ledger/operation-codec.ts'
import type { Certifier } from '../ports/certifier.ts'
import type { Clock } from '../ports/clock.ts'
import type { LedgerStore, PaymentPhase, PaymentRecord } from '../ports/ledger-store.ts'
import type { OwnAccount } from './own-account.ts'

/** Time before the end of a payment's window after which claiming it is not tried any more. */
const CLAIM_MARGIN_MS = 2_000
/** A session that was not used for so long is claimed; less where windows are short. */
const CLAIM_IDLE_MS = 60_000
const CLAIM_IDLE_SHARE = 0.2
/** Share of the payment window that is kept for claiming: nothing more is sold from a reserve then. */
const CLAIM_SHARE = 0.4

/** A payment that can be claimed. */
type Claimable = PaymentRecord & { readonly voucher: Voucher }

/** Claims what others owe and takes back what they did not claim. */
export interface Settlement {
  /**
   * Claims what is due, in batches of 64: payments, and reserves of sessions that have been idle, or soon end; with
   * `everything` those of sessions under way as well. True when something is left to be claimed later.
   */
  claim(options: { readonly everything: boolean }): Promise<boolean>
  /** Takes back payments that lapsed and the rest of reserves, and notes what became of the others. */
  takeBack(): Promise<void>
  /** Notes that a payee has claimed these payments; true when some of them was made here. */
  noteClaimed(payments: readonly EntryHash[]): Promise<boolean>
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
  const idleMs = Math.min(CLAIM_IDLE_MS, genesis.paymentWindowMs * CLAIM_IDLE_SHARE)

  /** An incoming payment as the ledger has it before it is claimed. */
  function toPayment(record: PaymentRecord): Payment {
    const { payment, kind, amount, fromCredit, expiresAtMs } = record
    return {
      hash: payment,
      kind,
      payer: peerIdToAccount(record.counterparty),
      payee: identity.account,
      amount,
      fromCredit,
      expiresAtMs,
      claimed: ZERO_TOKENS,
      state: 'open',
    }
  }

  async function setPhase(record: PaymentRecord, phase: PaymentPhase): Promise<void> {
    const newest = (await ledgerStore.getPayment(record.payment)) ?? record
    await ledgerStore.putPayment({ ...newest, phase })
  }

  async function claimBatch(batch: readonly Claimable[]): Promise<void> {
    const claims = batch.map((record) => ({ payment: toPayment(record), voucher: record.voucher }))
    try {
      await account.write((state, at, lookup) => ({ entry: claimEntry(state, claims, at, lookup) }), {
        sources: claims.map(({ payment }) => payment),
      })
      for (const record of batch) await setPhase(record, 'claimed')
    } catch (error) {
      if (!isLoremeshError(error, 'already-claimed') && !isLoremeshError(error, 'expired')) throw error
      for (const record of batch) await noteOutcome(record)
    }
  }

  /** Looks up what became of a payment that can't be claimed, so that it does not hold up the others. */
  async function noteOutcome(record: PaymentRecord): Promise<void> {
    const payment = await certifier.payment(record.payment)
    if (payment === undefined || payment.state === 'open') {
      if (record.expiresAtMs <= clock.nowMs()) await setPhase(record, 'lapsed')
    } else {
      await setPhase(record, payment.state)
    }
  }

  function isDue({ kind, usedAtMs, expiresAtMs }: PaymentRecord): boolean {
    const now = clock.nowMs()
    return (
      kind === 'pay' || usedAtMs + idleMs <= now || expiresAtMs - genesis.paymentWindowMs * CLAIM_SHARE <= now
    )
  }

  /** Takes back what the ledger says that nobody can claim any more. Gives the phase that the payment is in then. */
  async function takeBackOne(payment: Payment): Promise<PaymentPhase> {
    if (payment.state === 'open') return 'certified'
    const isPaid = payment.kind === 'pay' && payment.state === 'claimed'
    if (isPaid || payment.state === 'returned') return payment.state
    await account.write(
      (state, at, lookup) => ({
        entry:
          payment.kind === 'pay'
            ? reclaimEntry(state, payment, at, lookup)
            : releaseEntry(state, payment, at, lookup),
      }),
      { sources: [payment] },
    )
    return 'returned'
  }

  return {
    async claim({ everything }) {
      const waiting = await ledgerStore.listPayments({ direction: 'in', phases: ['certified'] })
      const lastMs = clock.nowMs() + CLAIM_MARGIN_MS
      for (const record of waiting) if (record.expiresAtMs <= lastMs) await noteOutcome(record)
      const owed = waiting.filter(
        (record): record is Claimable => record.expiresAtMs > lastMs && record.voucher !== undefined,
      )
      const due = owed.filter((record) => everything || isDue(record))
      for (let start = 0; start < due.length; start += MAX_CLAIM_SOURCES) {
        await claimBatch(due.slice(start, start + MAX_CLAIM_SOURCES))
      }
      return due.length < owed.length
    },

    async takeBack() {
      const made = await ledgerStore.listPayments({
        direction: 'out',
        phases: ['signed', 'certified', 'claimed', 'lapsed'],
      })
      for (const record of made) {
        const isOver = record.phase === 'claimed' || record.expiresAtMs <= clock.nowMs()
        if (!isOver || (record.kind === 'pay' && record.phase === 'claimed')) continue
        const payment = await certifier.payment(record.payment)
        if (payment !== undefined) await setPhase(record, await takeBackOne(payment))
      }
    },

    async noteClaimed(payments) {
      let isOurs = false
      for (const hash of payments) {
        const record = await ledgerStore.getPayment(hash)
        if (record?.direction !== 'out' || record.phase === 'claimed' || record.phase === 'returned') continue
        await setPhase(record, 'claimed')
        isOurs = true
      }
      return isOurs
    },
  }
}

import { peerIdToAccount } from '../domain/identity/account.ts'
import type { Identity } from '../domain/identity/identity.ts'
import { toLoremeshError } from '../domain/kernel/errors.ts'
import { ZERO_TOKENS } from '../domain/kernel/micro-tokens.ts'
import type { Payment } from '../domain/ledger/account-state.ts'
import { isSettled } from '../domain/ledger/bookkeeping.ts'
import { claimEntry, reclaimEntry, releaseEntry } from '../domain/ledger/entry-builders.ts'
import type { EntryHash, Voucher } from '../domain/ledger/entry.ts'
import type { Genesis } from '../domain/ledger/genesis.ts'
import { MAX_CLAIM_SOURCES } from '../domain/ledger/operation-codec.ts'
import { isFinalRefusal } from '../domain/ledger/refusal.ts'
import type { Certifier } from '../ports/certifier.ts'
import type { Clock } from '../ports/clock.ts'
import type { LedgerStore, PaymentPhase, PaymentRecord } from '../ports/ledger-store.ts'
import type { AuthorityWatch } from './authority-watch.ts'
import type { OwnAccount } from './own-account.ts'
import type { PaymentBooks } from './payment-books.ts'

/** Time before the end of a payment's window after which claiming it is not tried any more. */
const CLAIM_MARGIN_MS = 2_000
/** A session that was not used for so long is claimed; less where windows are short. */
const CLAIM_IDLE_MS = 900_000
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
  /**
   * Takes back payments that lapsed and the rest of reserves, and notes what became of the others. True when something is
   * left that could be taken back soon: not every authority has heard of its claim yet.
   */
  takeBack(): Promise<boolean>
  /** Notes that a payee has claimed these payments; true when some of them was made here. */
  noteClaimed(payments: readonly EntryHash[]): Promise<boolean>
}

/** Creates the settlement of `identity`'s payments. */
export function createSettlement(components: {
  readonly identity: Identity
  readonly account: OwnAccount
  readonly authorities: Pick<AuthorityWatch, 'requireQuorum'>
  readonly books: PaymentBooks
  readonly ledgerStore: LedgerStore
  readonly certifier: Certifier
  readonly clock: Pick<Clock, 'nowMs'>
  readonly genesis: Genesis
}): Settlement {
  const { identity, account, authorities, books, ledgerStore, certifier, clock, genesis } = components
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

  async function setPhase({ payment }: PaymentRecord, phase: PaymentPhase): Promise<void> {
    await books.change(payment, (record) =>
      record === undefined || record.phase === phase ? undefined : { payment: { ...record, phase } },
    )
  }

  /** Does what the authorities may refuse for good: then what is asked for has come about in another way, or can't. */
  async function unlessRefused(task: Promise<void>): Promise<boolean> {
    try {
      await task
      return true
    } catch (error) {
      if (isFinalRefusal(toLoremeshError(error).code)) return false
      throw error
    }
  }

  /** With the vouchers that came last: what is sold from now on is refused, for the claim names the reserve. */
  async function newestOf(batch: readonly Claimable[]): Promise<readonly Claimable[]> {
    const records = await Promise.all(batch.map(({ payment }) => ledgerStore.getPayment(payment)))
    return records.filter(
      (record): record is Claimable => record?.voucher !== undefined && record.phase === 'certified',
    )
  }

  async function claimBatch(batch: readonly Claimable[]): Promise<void> {
    const isClaimed = await unlessRefused(
      account.settle(async () => {
        const claims = (await newestOf(batch)).map((record) => ({
          payment: toPayment(record),
          voucher: record.voucher,
        }))
        return {
          sources: claims.map(({ payment }) => payment),
          build: (state, at, lookup) => claimEntry(state, claims, at, lookup),
        }
      }),
    )
    if (!isClaimed) for (const record of batch) await noteOutcome(record)
  }

  /** Looks up what became of a payment that can't be claimed, so that it does not hold up the others. */
  async function noteOutcome(record: PaymentRecord): Promise<void> {
    const payment = await certifier.payment(record.payment)
    const isOver = record.expiresAtMs <= clock.nowMs()
    if (payment !== undefined && payment.state !== 'open') await setPhase(record, payment.state)
    else if (isOver) await setPhase(record, 'lapsed')
    else if (payment !== undefined && record.phase === 'signed') await setPhase(record, 'certified')
  }

  function isDue({ kind, usedAtMs, expiresAtMs }: PaymentRecord): boolean {
    const now = clock.nowMs()
    return (
      kind === 'pay' || usedAtMs + idleMs <= now || expiresAtMs - genesis.paymentWindowMs * CLAIM_SHARE <= now
    )
  }

  /** Incoming payments that can be claimed, after a look at those of which it is not known whether they can. */
  async function listOwed(): Promise<readonly Claimable[]> {
    const lastMs = clock.nowMs() + CLAIM_MARGIN_MS
    const waiting = await ledgerStore.listPayments({ direction: 'in', phases: ['signed', 'certified'] })
    for (const record of waiting) {
      const isUnsure = record.phase === 'signed' && record.voucher !== undefined
      if (isUnsure || record.expiresAtMs <= lastMs) await noteOutcome(record)
    }
    const certified = await ledgerStore.listPayments({ direction: 'in', phases: ['certified'] })
    return certified.filter(
      (record): record is Claimable => record.expiresAtMs > lastMs && record.voucher !== undefined,
    )
  }

  /** Takes back what the ledger says that nobody can claim any more. False when that is known, but not to a quorum. */
  async function takeBackOne(record: PaymentRecord): Promise<boolean> {
    const payment = await certifier.payment(record.payment)
    if (payment === undefined || payment.state === 'open') {
      if (payment !== undefined && record.phase === 'signed') await setPhase(record, 'certified')
      return record.phase !== 'claimed'
    }
    const isLeft = payment.state === 'lapsed' || (payment.kind === 'reserve' && payment.state === 'claimed')
    if (!isLeft) {
      await setPhase(record, payment.state)
      return true
    }
    await unlessRefused(
      account.settle(() =>
        Promise.resolve({
          sources: [payment],
          build: (state, at, lookup) =>
            payment.kind === 'pay'
              ? reclaimEntry(state, payment, at, lookup)
              : releaseEntry(state, payment, at, lookup),
        }),
      ),
    )
    return true
  }

  return {
    async claim({ everything }) {
      const owed = await listOwed()
      const due = owed.filter((record) => everything || isDue(record))
      // A claim that waits for a quorum would end all that is sold from its reserves meanwhile.
      if (due.length > 0) await authorities.requireQuorum()
      for (let start = 0; start < due.length; start += MAX_CLAIM_SOURCES) {
        await claimBatch(due.slice(start, start + MAX_CLAIM_SOURCES))
      }
      return due.length < owed.length
    },

    async takeBack() {
      let isLeft = false
      const made = await ledgerStore.listPayments({
        direction: 'out',
        phases: ['signed', 'certified', 'claimed', 'lapsed'],
      })
      for (const record of made) {
        const isOver = record.phase === 'claimed' || record.expiresAtMs <= clock.nowMs()
        if (isOver && !isSettled(record)) isLeft = !(await takeBackOne(record)) || isLeft
      }
      return isLeft
    },

    async noteClaimed(payments) {
      let isOurs = false
      for (const hash of payments) {
        await books.change(hash, (record) => {
          if (record?.direction !== 'out' || record.phase === 'claimed' || record.phase === 'returned') {
            return undefined
          }
          isOurs = true
          return { payment: { ...record, phase: 'claimed' } }
        })
      }
      return isOurs
    },
  }
}

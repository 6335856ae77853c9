import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { Payment } from '../../src/domain/ledger/account-state.ts'
import { entryHashToDigest } from '../../src/domain/ledger/entry.ts'
import type { ShardTransaction } from './authority-store.ts'
import { numberOf, rowToPayment } from './rows.ts'
import { isHere, shardIndexOf, type ShardPlace } from './shard-place.ts'
import type { Query } from './sql-connection.ts'

/*
 * A payment between two shards is written where it happens and noted as undelivered in the same transaction. Then the
 * other shard merges it, and the note is removed. Merging takes only what is further on, so it may happen again at will:
 * after a crash between the two, the notes that are left are delivered once more.
 */

/** A payment that the other party's shard may not know yet in this state. */
interface Delivery {
  /** The other shard. */
  readonly to: number
  readonly payment: Payment
  readonly stage: number
}

/** What a transaction does with payments, and with what it must tell other shards about them. */
export interface PaymentTables extends Pick<
  ShardTransaction,
  'payment' | 'putPayment' | 'openPaymentsTo' | 'expiredPayments'
> {
  /** Whether this transaction has noted a payment as undelivered. */
  hasDeliveries(): boolean
  /** Payments to deliver, in any order. */
  undelivered(limit: number): Promise<readonly Delivery[]>
  /** Takes a payment as another shard wrote it, if that is further on than what is known here. */
  mergePayment(payment: Payment): Promise<void>
  /** Forgets a delivery that was made; one of a later state stays. */
  removeDelivery(delivery: Delivery): Promise<void>
}

/** How far a payment is in each state. It only ever gets further. */
export const STAGES = { open: 0, claimed: 1, lapsed: 1, returned: 2 } as const satisfies Record<
  Payment['state'],
  number
>

/** The one of two records of a payment that is further on. */
export function furtherOn(a: Payment, b: Payment): Payment {
  return STAGES[b.state] > STAGES[a.state] ? b : a
}

const MERGE_PAYMENT = `
  INSERT INTO payments VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
  ON CONFLICT (hash) DO UPDATE SET claimed = excluded.claimed, state = excluded.state, stage = excluded.stage
    WHERE excluded.stage > payments.stage
  RETURNING hash`

const ADD_DELIVERY = `
  INSERT INTO undelivered VALUES ($1, $2)
  ON CONFLICT (payment) DO UPDATE SET stage = excluded.stage`

/** Creates the part of a transaction that is about payments. */
export function createPaymentTables(query: Query, place: ShardPlace): PaymentTables {
  let hasDeliveries = false

  /** Whether this was news. */
  async function merge(payment: Payment): Promise<boolean> {
    const { hash, kind, payer, payee, amount, fromCredit, claimed, expiresAtMs, state } = payment
    const amounts = [amount, fromCredit, claimed] as const
    const progress = [state, STAGES[state], isHere(payee, place) ? 1 : 0] as const
    const parameters = [entryHashToDigest(hash), kind, payer, payee, ...amounts, expiresAtMs, ...progress]
    return (await query(MERGE_PAYMENT, parameters)).length > 0
  }

  return {
    async payment(hash) {
      const [row] = await query('SELECT * FROM payments WHERE hash = $1', [entryHashToDigest(hash)])
      return row && rowToPayment(row)
    },

    async putPayment(payment) {
      const isPayers = payment.state === 'open' || payment.state === 'returned'
      if (!isHere(isPayers ? payment.payer : payment.payee, place)) {
        throw new LoremeshError('bad-input', `A payment becomes ${payment.state} in another shard`)
      }
      if (!(await merge(payment))) return
      const { pending, drawn } = flowOf(payment)
      await query('UPDATE totals SET pending = pending + $1, drawn = drawn + $2', [pending, drawn])
      if (otherShard(payment, place) !== undefined) {
        hasDeliveries = true
        await query(ADD_DELIVERY, [entryHashToDigest(payment.hash), STAGES[payment.state]])
      }
    },

    async openPaymentsTo(payee, limit) {
      const sql = `SELECT * FROM payments WHERE state = 'open' AND payee = $1 ORDER BY expires_at_ms, hash LIMIT $2`
      return (await query(sql, [payee, limit])).map(rowToPayment)
    },

    async expiredPayments(timeMs, limit) {
      const rows = await query(
        `SELECT * FROM payments WHERE state = 'open' AND is_received = 1 AND expires_at_ms < $1
         ORDER BY expires_at_ms, hash LIMIT $2`,
        [timeMs, limit],
      )
      return rows.map(rowToPayment)
    },

    hasDeliveries: () => hasDeliveries,

    async undelivered(limit) {
      const rows = await query(
        `SELECT payments.*, undelivered.stage AS written_stage
         FROM undelivered JOIN payments ON payments.hash = undelivered.payment LIMIT $1`,
        [limit],
      )
      return rows.map((row): Delivery => {
        const payment = rowToPayment(row)
        return {
          to: otherShard(payment, place) ?? place.shard,
          payment,
          stage: numberOf(row, 'written_stage'),
        }
      })
    },

    async mergePayment(payment) {
      await merge(payment)
    },

    async removeDelivery({ payment, stage }) {
      const sql = 'DELETE FROM undelivered WHERE payment = $1 AND stage = $2'
      await query(sql, [entryHashToDigest(payment.hash), stage])
    },
  }
}

/** The shard of the party that is not here; undefined when both are. */
function otherShard({ payer, payee }: Payment, { shard, shards }: ShardPlace): number | undefined {
  return [payer, payee].map((party) => shardIndexOf(party, shards)).find((index) => index !== shard)
}

/** How often the amount of a payment that got into a state is added: to the pending ones by `pay`s, drawn by reserves. */
const FLOWS = {
  pay: { open: 1n, claimed: -1n, lapsed: 0n, returned: -1n },
  reserve: { open: 0n, claimed: 1n, lapsed: 0n, returned: -1n },
} as const satisfies Record<Payment['kind'], Record<Payment['state'], bigint>>

/**
 * What a payment that got into its state adds to the pending and to the drawn amounts. Whoever writes a state counts it,
 * in the transaction that changes the account: so each shard's sums fit together without a look at the others.
 */
export function flowOf({ kind, state, amount, claimed }: Payment): { pending: bigint; drawn: bigint } {
  const sign = FLOWS[kind][state]
  return kind === 'pay' ? { pending: sign * amount, drawn: 0n } : { pending: 0n, drawn: sign * claimed }
}

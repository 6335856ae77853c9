import type { EntryHash, Voucher } from '../../domain/ledger/entry.ts'
import { LoremeshError, toLoremeshError } from '../../domain/kernel/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import { SPARE_VOUCHERS } from '../../protocols/fetch.ts'

/** Takes whose vouchers may still come after they have ended. */
const REMEMBERED_TAKES = 64
/** How long the next voucher waits when too many came; newer ones replace it meanwhile. */
const PAUSE_MS = 100

/** A voucher as it came within a take. */
interface IncomingVoucher {
  readonly exchange: number
  readonly reserve: EntryHash
  readonly voucher: Voucher
}

/**
 * Hands the vouchers of one stream on, one at a time and at a limited rate. Each is for everything so far, so that of
 * those that wait for one reserve only the newest counts: a payer that pays often never slows its own delivery down.
 */
export interface VoucherInbox {
  /** Lets vouchers come for a take of so many contexts. */
  expect(exchange: number, take: { readonly reserve: EntryHash; readonly contexts: number }): void
  /** Throws `bad-encoding` for another reserve than the take's, `rate-limited` for more vouchers than a take needs. */
  put(incoming: IncomingVoucher): void
}

/** An empty inbox. `onRefused` gets what `accept` throws. */
export function createVoucherInbox(components: {
  readonly accept: (reserve: EntryHash, voucher: Voucher) => Promise<void>
  readonly onRefused: (exchange: number, reason: LoremeshError) => void
  readonly mayAccept: () => boolean
  readonly clock: Pick<Clock, 'sleep'>
}): VoucherInbox {
  const { accept, onRefused, mayAccept, clock } = components
  const takes = new Map<number, { readonly reserve: EntryHash; left: number }>()
  const waiting = new Map<EntryHash, IncomingVoucher>()
  let working = false

  async function work(): Promise<void> {
    working = true
    // What is put in meanwhile comes at the end of the iteration.
    for (const [reserve, { exchange, voucher }] of waiting) {
      waiting.delete(reserve)
      await accept(reserve, voucher).catch((error: unknown) => onRefused(exchange, toLoremeshError(error)))
      while (!mayAccept()) await clock.sleep(PAUSE_MS)
    }
    working = false
  }

  return {
    expect(exchange, { reserve, contexts }) {
      takes.set(exchange, { reserve, left: contexts + SPARE_VOUCHERS })
      const [oldest] = takes.keys()
      if (takes.size > REMEMBERED_TAKES && oldest !== undefined) takes.delete(oldest)
    },
    put(incoming) {
      const take = takes.get(incoming.exchange)
      if (take === undefined) return
      if (take.reserve !== incoming.reserve) {
        throw new LoremeshError('bad-encoding', 'The voucher is for another reserve than that of its take')
      }
      if (take.left === 0) throw new LoremeshError('rate-limited', 'More vouchers came than a take needs')
      take.left -= 1
      waiting.set(incoming.reserve, incoming)
      if (!working) void work()
    },
  }
}

import { ZERO_TOKENS } from '../domain/kernel/micro-tokens.ts'
import type { Payment } from '../domain/ledger/account-state.ts'
import type { LedgerLookup } from '../domain/ledger/effect.ts'
import type { Moment } from '../domain/ledger/entry-builders.ts'
import type { Genesis } from '../domain/ledger/genesis.ts'
import type { Clock } from '../ports/clock.ts'

/** The height and time of a final checkpoint. */
interface KnownCheckpoint {
  readonly height: number
  readonly timeMs: number
}

/** What this peer knows of the whole ledger when it writes entries of its own. */
export interface LedgerView {
  /** When an entry is written now. */
  moment(): Moment
  /** What an own entry is judged by; `sources` are the payments that it names. */
  lookup(sources?: readonly Payment[]): LedgerLookup
  /** Learns of a final checkpoint that was verified. */
  learn(checkpoint: KnownCheckpoint): void
}

/** Creates the view, which knows the genesis as checkpoint 0. */
export function createLedgerView({
  genesis,
  clock,
}: {
  readonly genesis: Genesis
  readonly clock: Pick<Clock, 'nowMs'>
}): LedgerView {
  const checkpoints = new Map<number, KnownCheckpoint>([[0, { height: 0, timeMs: genesis.createdAtMs }]])
  let newest = 0

  return {
    moment: () => ({ timestampMs: clock.nowMs(), checkpoint: newest }),
    lookup: (sources = []) => ({
      genesis,
      payment: (hash) => sources.find((payment) => payment.hash === hash),
      checkpoint: (height) => checkpoints.get(height),
      // Only accounts with a stake can lose some, and an account that lost it by fraud is frozen.
      slashed: () => ZERO_TOKENS,
    }),
    learn(checkpoint) {
      checkpoints.set(checkpoint.height, checkpoint)
      newest = Math.max(newest, checkpoint.height)
    },
  }
}

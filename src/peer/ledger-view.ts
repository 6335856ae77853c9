import { ZERO_TOKENS } from '../domain/kernel/micro-tokens.ts'
import { createWritable, type Readable } from '../domain/kernel/readable.ts'
import type { Payment } from '../domain/ledger/account-state.ts'
import type { LedgerLookup } from '../domain/ledger/effect.ts'
import type { Moment } from '../domain/ledger/entry-builders.ts'
import { beginningOf, type Genesis } from '../domain/ledger/genesis.ts'
import {
  parametersOf,
  type CheckpointTerms,
  type NetworkParameters,
} from '../domain/ledger/network-parameters.ts'
import type { Removals } from '../domain/ledger/removals.ts'
import type { Clock } from '../ports/clock.ts'

/** Checkpoints that are remembered: those of a day, for entries name none that is older, and some more. */
const MAX_LEARNT = 4_096

/** What is remembered of a final checkpoint. */
interface KnownCheckpoint extends CheckpointTerms {
  readonly height: number
}

/** What this peer knows of the whole ledger when it writes entries of its own. */
export interface LedgerView {
  /** When an entry is written now. */
  moment(): Moment
  /** In force from the newest known checkpoint on. */
  parameters(): NetworkParameters
  /** The same for who shows them; told when a checkpoint has changed one. */
  readonly tariff: Readable<NetworkParameters>
  /** Authorities removed up to the newest known checkpoint. */
  removals(): Removals
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
  const beginning: KnownCheckpoint = { height: 0, ...beginningOf(genesis) }
  /** The one that was learnt longest ago first. */
  const learnt = new Map<number, KnownCheckpoint>()
  let newest = beginning
  const tariff = createWritable(parametersOf(genesis))

  return {
    moment: () => ({ timestampMs: clock.nowMs(), checkpoint: newest.height }),
    parameters: () => newest.parameters,
    tariff,
    removals: () => newest.removals,
    lookup: (sources = []) => ({
      genesis,
      payment: (hash) => sources.find((payment) => payment.hash === hash),
      checkpoint: (height) => (height === 0 ? beginning : learnt.get(height)),
      // Only accounts with a stake can lose some, and an account that lost it by fraud is frozen.
      slashed: () => ZERO_TOKENS,
    }),
    learn({ height, timeMs, parameters, removals }) {
      const known = { height, timeMs, parameters, removals }
      learnt.delete(height)
      learnt.set(height, known)
      if (height > newest.height) {
        newest = known
        if (!isSameTariff(parameters, tariff.get())) tariff.set(parametersOf(parameters))
      }
      const [oldest] = learnt.keys()
      if (learnt.size > MAX_LEARNT && oldest !== undefined) learnt.delete(oldest)
    },
  }
}

function isSameTariff(a: NetworkParameters, b: NetworkParameters): boolean {
  return (
    a.starterGrant === b.starterGrant &&
    a.pricePerKb === b.pricePerKb &&
    a.creditLine === b.creditLine &&
    a.decayPerDayPpm === b.decayPerDayPpm &&
    a.decayExempt === b.decayExempt
  )
}

import { createMemoryLedgerStore } from '../../../src/adapters/storage-memory/memory-ledger-store.ts'
import type { MicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { AccountState } from '../../../src/domain/ledger/account-state.ts'
import type { LedgerLookup } from '../../../src/domain/ledger/effect.ts'
import { reserveEntry, type Moment } from '../../../src/domain/ledger/entry-builders.ts'
import type { Entry } from '../../../src/domain/ledger/entry.ts'
import { createCheckpoints } from '../../../src/peer/checkpoints.ts'
import { createLedgerView } from '../../../src/peer/ledger-view.ts'
import { createOwnAccount, type OwnAccount } from '../../../src/peer/own-account.ts'
import { createPaymentBooks } from '../../../src/peer/payment-books.ts'
import { createSettlement, type Settlement } from '../../../src/peer/settle.ts'
import type { Certifier } from '../../../src/ports/certifier.ts'
import type { LedgerStore } from '../../../src/ports/ledger-store.ts'
import { openAuthorityHub, type AuthorityHub, type GenesisPart } from '../../support/authority-hub.ts'
import { createHubClock, type HubClock } from '../../support/hub-clock.ts'
import { ann, bob } from '../../support/ledger.ts'

/** Authorities and a clock, for accounts without a peer around them. */
export interface AccountHub {
  readonly clock: HubClock
  readonly authorities: AuthorityHub
  /** Ann's writer over a store, as after a start. Its clock is ahead by `aheadMs`. */
  openAccount(options?: {
    readonly ledgerStore?: LedgerStore
    readonly certifier?: Certifier
    readonly aheadMs?: number
    /** Whether the authorities answered last; they did unless told. */
    readonly hasQuorum?: () => boolean
  }): AnnsAccount
  close(): Promise<void>
}

export interface AnnsAccount {
  readonly account: OwnAccount
  readonly settlement: Settlement
  readonly ledgerStore: LedgerStore
}

/** Opens a hub with one authority. */
export async function openAccountHub(genesisPart: GenesisPart = {}): Promise<AccountHub> {
  const clock = createHubClock()
  const authorities = await openAuthorityHub({ clock, tell: () => undefined }, { genesisPart })
  const { genesis } = authorities
  return {
    clock,
    authorities,
    openAccount({
      ledgerStore = createMemoryLedgerStore(),
      certifier = authorities.certifierOf(ann),
      aheadMs = 0,
      hasQuorum = () => true,
    } = {}) {
      const own = { ...clock, nowMs: () => clock.nowMs() + aheadMs }
      const view = createLedgerView({ genesis, clock: own })
      const books = createPaymentBooks({ ledgerStore })
      const randomness = { bytes: (length: number) => new Uint8Array(length) }
      const parts = { identity: ann, ledgerStore, certifier, view, books, genesis, randomness, clock: own }
      const checkpoints = createCheckpoints(parts, {
        onAdvanced: () => undefined,
        onFailure: () => undefined,
      })
      const watch = { hasQuorum, requireQuorum: () => checkpoints.catchUp() }
      const account = createOwnAccount(
        { ...parts, checkpoints, authorities: watch },
        { onAppended: () => undefined, onCertified: () => undefined },
      )
      return { account, ledgerStore, settlement: createSettlement({ ...parts, account, authorities: watch }) }
    },
    close: () => authorities.close(),
  }
}

/** A reserve of Ann's for Bob. */
export function reserveOf(cap: MicroTokens) {
  return (state: AccountState, at: Moment, lookup: LedgerLookup): Entry => {
    const expiresAtMs = Math.max(at.timestampMs, state.timestampMs) + lookup.genesis.paymentWindowMs
    return reserveEntry(state, { to: bob.account, cap, expiresAtMs }, at, lookup)
  }
}

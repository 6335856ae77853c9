import type { Clock } from '../ports/clock.ts'
import type { LedgerStore } from '../ports/ledger-store.ts'
import type { WalletView } from './wallet.ts'

/** Own entries and purchases that are kept at least, each of about 1 KB; the totals count older ones for ever. */
const KEPT = { entries: 10_000, purchases: 10_000 } as const
const INTERVAL_MS = 86_400_000

/** Bounds what the own books take of the device. */
export interface Upkeep {
  /** Removes what is too old, now and once a day. */
  start(): void
  stop(): void
}

/** Creates it; what fails is given to `onFailure`. */
export function createUpkeep(
  components: {
    readonly ledgerStore: Pick<LedgerStore, 'prune'>
    readonly wallet: Pick<WalletView, 'refresh'>
    readonly clock: Pick<Clock, 'every'>
  },
  options: { readonly onFailure: (error: unknown) => void },
): Upkeep {
  const { ledgerStore, wallet, clock } = components
  let stopTimer: () => void = () => undefined

  async function prune(): Promise<void> {
    if ((await ledgerStore.prune(KEPT)) > 0) await wallet.refresh()
  }

  function pruneInBackground(): void {
    void prune().catch(options.onFailure)
  }

  return {
    start() {
      pruneInBackground()
      stopTimer = clock.every(INTERVAL_MS, pruneInBackground)
    },
    stop: () => stopTimer(),
  }
}

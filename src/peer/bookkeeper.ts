import { isLoremeshError } from '../domain/kernel/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { AuthorityWatch } from './authority-watch.ts'
import type { OwnAccount } from './own-account.ts'
import type { Settlement } from './settle.ts'
import type { Sync } from './sync.ts'
import type { WalletView } from './wallet.ts'

const PREPARE_RETRY_MS = 5_000
/** What got lost on its way here is asked for so often. */
const CATCH_UP_MS = 3_600_000
/** A claim waits this long after a voucher, so that those that follow join it; less where windows are short. */
const CLAIM_DELAY_MS = 10_000
/** Share of the payment window that the wait may take at most. */
const CLAIM_DELAY_SHARE = 0.1
/** The wallet shows trades after this time, those that come together at once: it reads the whole ledger. */
const SHOW_DELAY_MS = 250
const CLOSING_CLAIM_TIMEOUT_MS = 3_000

/** Does what is due in the ledger by itself: opens the account, claims what was earned, takes back what expired. */
export interface Bookkeeper {
  /** Resolves once the account is open and has its starter grant; tries for as long as no authority answers. */
  whenPrepared(): Promise<void>
  /** Takes in what happened while others could not be reached, and settles; before the account is open that is done anyway. */
  comeBack(): void
  /** Claims what is due and takes back now; while no authority answers, payments wait for the next time. */
  settle(): Promise<void>
  /** Claims everything now: the peer may be stopped at any moment. */
  claimEverything(): Promise<void>
  /** Shows what was traded and claims it, both shortly and together with what is traded by then. */
  claimSoon(): void
  /** Claims everything once more and stops. */
  stop(): Promise<void>
}

/**
 * Creates the bookkeeper; it settles every `settleIntervalMs`. Payments stay claimable for `paymentWindowMs`. What fails
 * with nobody waiting for it is given to `onFailure`.
 */
export function createBookkeeper(
  components: {
    readonly account: Pick<OwnAccount, 'finishEarlier'>
    readonly authorities: Pick<AuthorityWatch, 'hasQuorum' | 'requireQuorum'>
    readonly sync: Pick<Sync, 'catchUp'>
    readonly settlement: Settlement
    readonly wallet: WalletView
    readonly clock: Clock
  },
  options: {
    readonly settleIntervalMs: number
    readonly paymentWindowMs: number
    readonly onFailure: (error: unknown) => void
  },
): Bookkeeper {
  const { account, authorities, sync, settlement, wallet, clock } = components
  const claimDelayMs = Math.min(CLAIM_DELAY_MS, options.paymentWindowMs * CLAIM_DELAY_SHARE)
  const closing = clock.abortable()
  const stopSettling = clock.every(options.settleIntervalMs, () => inBackground(settle()))
  const stopCatchingUp = clock.every(CATCH_UP_MS, () => comeBack())
  let prepared: Promise<void> | undefined
  let isPrepared = false
  let running: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  /** Whether the next settling claims what sessions under way owe as well. */
  let everything = false

  function inBackground(task: Promise<void>): void {
    void task.catch(options.onFailure)
  }

  /** Runs `task` this long after the first call, for all that come by then; closing does by itself what waits. */
  function collecting(delayMs: number, task: () => Promise<void>): () => void {
    let isPlanned = false
    async function runLater(): Promise<void> {
      try {
        await clock.sleep(delayMs, closing.signal)
      } catch {
        return
      } finally {
        isPlanned = false
      }
      await task()
    }
    return () => {
      if (isPlanned || closing.signal.aborted) return
      isPlanned = true
      inBackground(runLater())
    }
  }

  const settleLater = collecting(claimDelayMs, settle)
  const showLater = collecting(SHOW_DELAY_MS, wallet.refresh)

  async function prepare(): Promise<void> {
    for (;;) {
      closing.signal.throwIfAborted()
      try {
        await sync.catchUp(closing.signal)
        await wallet.refresh()
        isPrepared = true
        // What an earlier run was owed may have little time left.
        inBackground(settle())
        return
      } catch (error) {
        if (!isLoremeshError(error)) throw error
        await clock.sleep(PREPARE_RETRY_MS, closing.signal)
      }
    }
  }

  async function catchUpAgain(): Promise<void> {
    try {
      await sync.catchUp(closing.signal)
    } catch (error) {
      // Without an answer it is tried the next time.
      if (!isLoremeshError(error) && !closing.signal.aborted) throw error
      return
    }
    await settle()
  }

  function comeBack(): void {
    if (isPrepared && !closing.signal.aborted) inBackground(catchUpAgain())
  }

  /** Settles after what is under way, or two would claim the same payments; one that has not begun yet does for all. */
  function settle(): Promise<void> {
    next ??= running.then(settleOnce)
    running = next.catch(() => undefined)
    return next
  }

  async function settleOnce(): Promise<void> {
    next = undefined
    const claimed = { everything }
    everything = false
    try {
      try {
        // Beside the account: what is bought meanwhile must not wait behind it.
        if (!authorities.hasQuorum()) await authorities.requireQuorum()
        await account.finishEarlier()
        if (await settlement.claim(claimed)) settleLater()
        if (await settlement.takeBack()) settleLater()
      } finally {
        await wallet.refresh()
      }
    } catch (error) {
      everything ||= claimed.everything
      // Payments wait for the next time; while closing, the stores may go before the authorities have answered.
      if (!isLoremeshError(error) && !closing.signal.aborted) throw error
    }
  }

  function claimEverything(): Promise<void> {
    everything = true
    return settle()
  }

  return {
    whenPrepared() {
      prepared ??= prepare()
      return prepared
    },
    comeBack,
    settle,
    claimEverything,
    claimSoon() {
      showLater()
      settleLater()
    },
    async stop() {
      stopSettling()
      stopCatchingUp()
      closing.abort()
      await Promise.race([claimEverything(), clock.sleep(CLOSING_CLAIM_TIMEOUT_MS)])
    },
  }
}

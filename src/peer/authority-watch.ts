import { isLoremeshError } from '../domain/kernel/errors.ts'
import { createWritable, type Readable, type Writable } from '../domain/kernel/readable.ts'
import type { AuthorityReach, Certifier } from '../ports/certifier.ts'
import type { Clock } from '../ports/clock.ts'
import type { AuthorityState } from './peer.ts'

/** While too few authorities answer they are asked again so often. */
const RETRY_MS = 4_000

/** Notices when too few authorities answer, and when enough of them are back. */
export interface AuthorityWatch {
  readonly state: Omit<Writable<AuthorityState>, 'set'>
  /** True until it is known that too few answer for anything to be certified. */
  hasQuorum(): boolean
  /** Asks the authorities now; throws `authority-unreachable` or `timeout` when too few answer. */
  requireQuorum(): Promise<void>
  /** What goes on and what waits while too few answer; empty otherwise. */
  readonly notice: Readable<string>
  stop(): void
}

/**
 * Creates the watch. While too few authorities answer, it has all of them asked again every few seconds, and calls `onBack`
 * as soon as enough do, so that whatever waits for them goes on at once.
 */
export function createAuthorityWatch(
  { certifier, clock }: { readonly certifier: Pick<Certifier, 'reach'>; readonly clock: Clock },
  options: {
    readonly ask: (signal: AbortSignal) => Promise<void>
    readonly onBack: () => Promise<void>
    readonly onFailure: (error: unknown) => void
  },
): AuthorityWatch {
  const closing = clock.abortable()
  const state = createWritable<AuthorityState>({
    total: 0,
    needed: 0,
    answering: 0,
    silent: 0,
    tooFewSinceMs: undefined,
  })
  const notice = createWritable('')
  let isAsking = false
  const hasQuorum = (): boolean => state.get().tooFewSinceMs === undefined

  async function askUntilTheyAnswer(): Promise<void> {
    for (;;) {
      await clock.sleep(RETRY_MS, closing.signal)
      try {
        await options.ask(closing.signal)
      } catch (error) {
        if (closing.signal.aborted) return
        // Nobody else asks while too few answer.
        if (!isLoremeshError(error)) options.onFailure(error)
      }
      if (hasQuorum()) await options.onBack()
      // It may have been lost again meanwhile.
      if (hasQuorum()) return
    }
  }

  function follow(reach: AuthorityReach): void {
    const isShort = reach.total - reach.silent < reach.needed
    const tooFewSinceMs = isShort ? (state.get().tooFewSinceMs ?? clock.nowMs()) : undefined
    state.set({ ...reach, tooFewSinceMs })
    const text = isShort ? noticeOf(reach) : ''
    if (text !== notice.get()) notice.set(text)
    if (!isShort || isAsking || closing.signal.aborted) return
    isAsking = true
    askUntilTheyAnswer()
      .catch((error: unknown) => {
        if (!closing.signal.aborted) options.onFailure(error)
      })
      .finally(() => (isAsking = false))
  }

  const unsubscribe = certifier.reach.subscribe(follow)
  return {
    state,
    hasQuorum,
    requireQuorum: () => options.ask(closing.signal),
    notice,
    stop() {
      unsubscribe()
      closing.abort()
    },
  }
}

function noticeOf({ total, silent, needed }: AuthorityReach): string {
  return (
    `Too few authorities answer: ${total - silent} of ${total}, and ${needed} are needed. ` +
    'Asking and serving go on within credit lines, and your library answers as always. ' +
    'What is paid or earned meanwhile becomes final when they are back.'
  )
}

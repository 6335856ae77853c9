import { LoremeshError } from '../../domain/kernel/errors.ts'

/** How long a leader may take to say that it closes, before it is taken for frozen. */
const ANSWER_MS = 2_000
/** How long a leader that said so may take to close. */
const CLOSE_MS = 10_000

type Message = 'please-close' | 'closing' | 'closed'

/** A tab's place among the tabs of one origin, of which one at a time leads: it alone opens the peer. */
export interface Leadership {
  /** What this tab is now. */
  readonly role: 'leader' | 'follower'
  /** Resolves once this tab has become the leader. */
  readonly whenLeader: Promise<void>
  /** Asks the leader to close, and leads after that; a leader that doesn't answer within 2 s is not waited for. */
  takeOver(): Promise<void>
  /** Stops leading or waiting. */
  release(): void
  /** `callback` closes what the leader has open; called when another tab takes over, at once if that has happened. */
  onTakenOver(callback: () => void | Promise<void>): void
}

/**
 * Takes part in the election of a leader. The first tab to hold the Web Lock `lockName` leads; the others queue for it,
 * and the browser gives it to the next one when the leader goes, however it goes. Throws `unsupported` without Web Locks.
 */
export async function electLeader({ lockName }: { readonly lockName: string }): Promise<Leadership> {
  if (!('locks' in navigator)) {
    throw new LoremeshError(
      'unsupported',
      'This page has no Web Locks, which keep two tabs from spending the same tokens',
      'Open Loremesh over https or on localhost, in a current browser',
    )
  }
  const channel = new BroadcastChannel(lockName)
  const queue = new AbortController()
  const callbacks: (() => void | Promise<void>)[] = []
  let role: Leadership['role'] = 'follower'
  let isTakenOver = false
  let endTerm: (() => void) | undefined
  let announceLead = (): void => undefined
  const whenLeader = new Promise<void>((resolve) => (announceLead = resolve))

  const send = (message: Message): void => channel.postMessage(message)

  /** Resolves with whether the lock is held now; it is until `endTerm` is called or another tab steals it. */
  function request(options: LockOptions): Promise<boolean> {
    return new Promise((resolve, reject) => {
      navigator.locks
        .request(lockName, options, (lock) => {
          resolve(lock !== null)
          return lock === null ? undefined : lead()
        })
        .catch((error: unknown) => {
          if (role === 'leader') void handOver()
          reject(error instanceof Error ? error : new Error(String(error)))
        })
    })
  }

  function lead(): Promise<void> {
    role = 'leader'
    isTakenOver = false
    announceLead()
    return new Promise((resolve) => (endTerm = resolve))
  }

  async function handOver(): Promise<void> {
    role = 'follower'
    isTakenOver = true
    await Promise.allSettled(callbacks.map(async (callback) => callback()))
  }

  channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (data !== 'please-close' || role !== 'leader') return
    send('closing')
    // The lock stays held until the other tab steals it, so that no third tab leads in between.
    void handOver().then(() => send('closed'))
  })

  function askLeaderToClose(): Promise<void> {
    return new Promise((resolve) => {
      const listen = ({ data }: MessageEvent<unknown>): void => {
        if (data === 'closed') done()
        if (data !== 'closing') return
        clearTimeout(timer)
        timer = setTimeout(done, CLOSE_MS)
      }
      const done = (): void => {
        clearTimeout(timer)
        channel.removeEventListener('message', listen)
        resolve()
      }
      let timer = setTimeout(done, ANSWER_MS)
      channel.addEventListener('message', listen)
      send('please-close')
    })
  }

  const isFirst = await request({ ifAvailable: true })
  // Rejects when this tab leaves the queue, which `takeOver` and `release` do.
  if (!isFirst) request({ signal: queue.signal }).catch(() => undefined)

  return {
    get role() {
      return role
    },
    whenLeader,
    async takeOver() {
      if (role === 'leader') return
      await askLeaderToClose()
      queue.abort()
      await request({ steal: true })
    },
    release() {
      role = 'follower'
      queue.abort()
      endTerm?.()
      channel.close()
    },
    onTakenOver(callback) {
      callbacks.push(callback)
      if (isTakenOver) void callback()
    },
  }
}

import { createRateLimiter, type RateLimit } from './token-bucket.ts'

/** What a queue does at most. */
export interface FairQueueLimits {
  /** Jobs that are under way at the same time. */
  readonly parallel: number
  /** Jobs that wait, all keys together. */
  readonly waiting: number
  /** Jobs that are begun, all keys together. */
  readonly rate: RateLimit
}

/** Does jobs under keys, and shares out fairly how many it can do: no key gets less because another one wants more. */
export interface FairQueue {
  /** The job's result; undefined for a job that is turned away because there are too many. Rejects when the job does. */
  run<T>(key: string, job: () => T | Promise<T>): Promise<T | undefined>
}

interface Waiting {
  begin(): Promise<void>
  turnAway(): void
}

/**
 * A queue that takes one job of every key in turn (max-min fairness), as fast as `limits` allow. When too many wait, the
 * newest job of the key with most of them is turned away, so that the room for waiting is shared out as fairly.
 */
export function createFairQueue(
  { parallel, waiting: maxWaiting, rate }: FairQueueLimits,
  clock: { monotonicMs(): number; sleep(ms: number): Promise<void> },
): FairQueue {
  /** Every key with jobs that wait, the one whose turn is next first. */
  const queues = new Map<string, Waiting[]>()
  const limiter = createRateLimiter(rate, () => clock.monotonicMs())
  let waiting = 0
  let running = 0
  let isSleeping = false

  function add(key: string, job: Waiting): void {
    const queue = queues.get(key) ?? []
    queues.set(key, queue)
    queue.push(job)
    waiting++
    if (waiting > maxWaiting) turnOneAway()
  }

  function turnOneAway(): void {
    const [key, queue] = [...queues].reduce((longest, other) =>
      other[1].length > longest[1].length ? other : longest,
    )
    queue.pop()?.turnAway()
    waiting--
    if (queue.length === 0) queues.delete(key)
  }

  function next(): Waiting | undefined {
    for (const [key, queue] of queues) {
      queues.delete(key)
      const job = queue.shift()
      if (queue.length > 0) queues.set(key, queue)
      waiting--
      return job
    }
    return undefined
  }

  function proceed(): void {
    while (running < parallel && waiting > 0) {
      if (!limiter.take('all')) {
        void wakeLater()
        return
      }
      running++
      void next()
        ?.begin()
        .finally(() => {
          running--
          proceed()
        })
    }
  }

  async function wakeLater(): Promise<void> {
    if (isSleeping) return
    isSleeping = true
    await clock.sleep(1_000 / rate.perSecond)
    isSleeping = false
    proceed()
  }

  return {
    run: (key, job) =>
      new Promise((resolve) => {
        add(key, {
          begin: async () => {
            const done = (async () => job())()
            resolve(done)
            await done.catch(() => undefined)
          },
          turnAway: () => resolve(undefined),
        })
        proceed()
      }),
  }
}

import type { Peer, SelfTestResult } from '../../../peer/peer.ts'
import { problemText, toProblem } from '../../problem.ts'

/** The self-test of the connections: whether it runs, and what it found so far. */
export class SelfTestModel {
  results = $state.raw<readonly SelfTestResult[]>([])
  isRunning = $state(false)
  /** Why it could not be done; empty otherwise. */
  problem = $state('')
  readonly #peer: Pick<Peer, 'selfTest'>
  #run = new AbortController()

  constructor(peer: Pick<Peer, 'selfTest'>) {
    this.#peer = peer
  }

  async start(): Promise<void> {
    this.stop()
    const run = new AbortController()
    this.#run = run
    this.results = []
    this.problem = ''
    this.isRunning = true
    try {
      await this.#peer.selfTest({
        signal: run.signal,
        onResult: (result) => {
          if (!run.signal.aborted) this.results = [...this.results, result]
        },
      })
    } catch (error) {
      if (!run.signal.aborted) this.problem = problemText(toProblem(error))
    } finally {
      if (this.#run === run) this.isRunning = false
    }
  }

  /** Ends it early; what it found stays. */
  stop(): void {
    this.#run.abort()
    this.isRunning = false
  }
}

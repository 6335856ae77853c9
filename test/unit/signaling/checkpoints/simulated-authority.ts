import { createAuthorityService } from '../../../../signaling/authority-service.ts'
import type { AuthorityShard, AuthorityStore } from '../../../../signaling/authority-store/authority-store.ts'
import { createAuthority, type Authority } from '../../../../signaling/authority/authority.ts'
import { createReplication, type AskOther } from '../../../../signaling/authority/replication.ts'
import {
  startCheckpoints,
  type CheckpointService,
} from '../../../../signaling/checkpoints/checkpoint-service.ts'
import type { PeerId } from '../../../../src/domain/identity/account.ts'
import type { Identity } from '../../../../src/domain/identity/identity.ts'
import type { SignatureVerifier } from '../../../../src/domain/identity/signature.ts'
import { LoremeshError } from '../../../../src/domain/kernel/errors.ts'
import type { SignedCheckpoint } from '../../../../src/domain/ledger/checkpoint.ts'
import type { Genesis } from '../../../../src/domain/ledger/genesis.ts'
import type { ParameterChange } from '../../../../src/domain/ledger/parameter-change.ts'
import type { Dice } from '../../../support/virtual-time.ts'
import type { SimulatedClock } from './simulated-clock.ts'

/** An authority with the real core, checkpoints and store, which can crash between any two of its transactions. */
export interface SimulatedAuthority {
  readonly index: number
  readonly store: AuthorityStore
  isRunning(): boolean
  /** Starts it with what its store has kept. */
  start(): Promise<void>
  /** Stops it at once; nothing that it was doing goes on. */
  crash(): void
  /** Does something with it. Throws `not-connected` while it doesn't run. */
  use<T>(task: (parts: { authority: Authority; checkpoints: CheckpointService }) => Promise<T>): Promise<T>
  /** Answers another authority. */
  answer(body: Uint8Array, from: PeerId): Promise<Uint8Array>
}

export interface AuthorityParts {
  readonly identity: Identity
  readonly store: AuthorityStore
  readonly genesis: Genesis
  readonly verifier: SignatureVerifier
  readonly clock: SimulatedClock
  readonly ask: AskOther
  /** What its operator wishes, asked when it starts. */
  readonly wishes: () => readonly ParameterChange[]
  /** How likely it is that it crashes after a transaction. */
  readonly crashRate: () => number
  readonly dice: Dice
  readonly onCheckpoint: (checkpoint: SignedCheckpoint) => void
  readonly onProblem: (error: LoremeshError) => void
}

interface Running {
  readonly authority: Authority
  readonly checkpoints: CheckpointService
  readonly answer: (body: Uint8Array, from: PeerId) => Promise<Uint8Array>
}

const gone = (): LoremeshError => new LoremeshError('not-connected', 'The authority does not run')

/** An authority that does not run yet. */
export function createSimulatedAuthority(index: number, parts: AuthorityParts): SimulatedAuthority {
  const { identity, store, genesis, verifier, clock, ask, wishes, crashRate, dice } = parts
  const { onCheckpoint, onProblem } = parts
  let life = 0
  let running: Running | undefined

  /** Whatever was begun in an earlier life comes to nothing. */
  async function inLife<T>(now: number, task: () => Promise<T>): Promise<T> {
    if (life !== now) throw gone()
    const result = await clock.track(task())
    if (life === now && dice.chance(crashRate())) crash()
    if (life !== now) throw gone()
    return result
  }

  function crash(): void {
    life += 1
    running = undefined
  }

  function storeIn(now: number): AuthorityStore {
    const shards = store.shards.map((shard): AuthorityShard => ({
      transaction: (task) => inLife(now, () => shard.transaction(task)),
    }))
    const [home] = shards
    if (home === undefined) throw new Error('The store has no shard')
    return {
      shards,
      home,
      shardOf: (account) => shards[store.shards.indexOf(store.shardOf(account))] ?? home,
      bindNetwork: (network) => inLife(now, () => store.bindNetwork(network)),
      payment: (hash) => inLife(now, () => store.payment(hash)),
      sums: () => inLife(now, () => store.sums()),
      close: () => Promise.resolve(),
    }
  }

  function clockIn(now: number) {
    return {
      nowMs: () => clock.nowMs(),
      sleep: (ms: number, signal?: AbortSignal): Promise<void> => clock.sleep(ms, signal),
      every: (ms: number, run: () => void) =>
        clock.every(ms, () => {
          if (life === now) run()
        }),
    }
  }

  async function start(): Promise<void> {
    const now = ++life
    try {
      await startLife(now)
    } catch (error) {
      if (life === now) throw error
    }
  }

  async function startLife(now: number): Promise<void> {
    const ownStore = storeIn(now)
    const ownClock = clockIn(now)
    const ownAsk: AskOther = (other, body) => (life === now ? ask(other, body) : Promise.reject(gone()))
    const ownVerifier: SignatureVerifier = { verify: (messages) => clock.track(verifier.verify(messages)) }
    const authority = await createAuthority({
      store: ownStore,
      identity,
      genesis,
      verifier: ownVerifier,
      clock: ownClock,
    })
    const replication = createReplication(
      { authority, store: ownStore, genesis, ask: ownAsk, clock: ownClock },
      { onFailure: (_, error) => onProblem(error) },
    )
    const checkpoints = await startCheckpoints(
      {
        store: ownStore,
        genesis,
        identity,
        authority: index,
        wishes: wishes(),
        verifier: ownVerifier,
        clock: ownClock,
        ask: ownAsk,
        catchUp: () => replication.catchUp(),
      },
      { onCheckpoint, onProblem: (error) => onProblem(error) },
    )
    if (life !== now) return
    replication.start()
    const answer = createAuthorityService({ genesis, authority, agreement: checkpoints })
    running = { authority, checkpoints, answer }
  }

  return {
    index,
    store,
    isRunning: () => running !== undefined,
    start,
    crash,
    async use(task) {
      if (running === undefined) throw gone()
      return task(running)
    },
    async answer(body, from) {
      if (running === undefined) throw gone()
      return running.answer(body, from)
    },
  }
}

import { setImmediate } from 'node:timers/promises'
import { openAuthorityStore } from '../signaling/authority-store/open-authority-store.ts'
import type { AuthorityStore } from '../signaling/authority-store/authority-store.ts'
import { createAuthorityService } from '../signaling/authority-service.ts'
import { createAuthority, type Authority } from '../signaling/authority/authority.ts'
import { createReplication } from '../signaling/authority/replication.ts'
import { startCheckpoints } from '../signaling/checkpoints/checkpoint-service.ts'
import { parseHeader } from '../src/domain/ledger/checkpoint-codec.ts'
import { readKeptFrauds } from '../signaling/kept-frauds.ts'
import { createLedgerService } from '../signaling/ledger-service.ts'
import type { Identity } from '../src/domain/identity/identity.ts'
import type { PeerId } from '../src/domain/identity/account.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import { beginLife, type Life } from '../test/support/mortal-process.ts'
import { createAuthorityTalk } from './authority-talk.ts'
import { createVirtualClock } from './scheduler.ts'
import type { Traitor } from './traitor.ts'
import { toNodeName, type NodeName } from './virtual-wires.ts'
import { watchStore } from './watched-store.ts'
import type { World } from './world.ts'

/** An authority on a machine that may lose power at any moment: its database lasts, everything else starts anew. */
export interface SimAuthority {
  readonly index: number
  readonly node: NodeName
  readonly peerId: PeerId
  readonly isHonest: boolean
  /** What it has on its disk, for those who see everything. */
  readonly store: AuthorityStore
  /** Undefined while it is down or starting. */
  readonly authority: Authority | undefined
  /** Fails with `not-connected` while it is down. */
  answerPeer(body: Uint8Array, from: PeerId): Promise<Uint8Array>
  answerAuthority(body: Uint8Array, from: PeerId): Promise<Uint8Array>
  /** Has it lose power after so many more calls to its database and its network. */
  crashAfter(steps: number): void
}

interface Running {
  readonly life: Life
  readonly authority: Authority
  readonly answerPeer: SimAuthority['answerPeer']
  readonly answerAuthority: SimAuthority['answerAuthority']
}

const MAX_SKEW_MS = 400
const MAX_DOWNTIME_MS = 15_000

/** Starts an authority with an empty database; one with a `traitor` is not honest. */
export async function startSimAuthority(
  world: World,
  index: number,
  identity: Identity,
  traitor: Traitor | undefined,
): Promise<SimAuthority> {
  const { scheduler, genesis, verifier, wires } = world
  const { random } = scheduler
  const node = toNodeName(`authority ${index}`)
  const { peerId } = identity
  const disk = await openAuthorityStore([':memory:'])
  const skewMs = random.between(-MAX_SKEW_MS, MAX_SKEW_MS)
  const isHonest = traitor === undefined
  let life: Life | undefined
  let running: Running | undefined
  let stepsLeft = Number.POSITIVE_INFINITY

  async function start(): Promise<void> {
    stepsLeft = Number.POSITIVE_INFINITY
    const own = beginLife({ onStep, gone })
    life = own
    wires.add(node)
    const clock = own.mortalClock(createVirtualClock(scheduler, skewMs))
    const watched = watchStore(disk, world, { node, isHonest })
    const store = mortalStore(watched, own, scheduler)
    const talk = createAuthorityTalk(world, { node, peerId, isHonest, clock })
    const authority = await createAuthority(
      { store, identity, genesis, verifier, clock },
      { onCertified: talk.tellCertified, onFraudProven: talk.tellFraud },
    )
    const ask = (other: number, body: Uint8Array): Promise<Uint8Array> =>
      own.pass('ask', () => {
        const send = (words: Uint8Array): Promise<Uint8Array> => askOther(other, words)
        return traitor === undefined ? send(body) : traitor.ask(other, body, send)
      })
    const replication = createReplication({ authority, store, genesis, ask, clock })
    const kept = await readKeptFrauds(store)
    const newest = await store.home.transaction((home) => home.newestCheckpoint())
    talk.start(
      { authority, replication, life: own },
      kept.inForce,
      newest && parseHeader(newest.header).header,
    )
    replication.start()
    const checkpoints = await startCheckpoints(
      {
        store,
        genesis,
        identity,
        authority: index,
        wishes: [],
        verifier,
        clock,
        ask,
        catchUp: replication.catchUp,
      },
      {
        onCheckpoint: talk.tellCheckpoint,
        onFraudProven: talk.tellFraud,
        onProblem: ({ code, message }) => noteProblem(code, message),
      },
    )
    running = {
      life: own,
      authority,
      answerPeer: createLedgerService({ authority, replication, checkpoints }),
      answerAuthority: createAuthorityService({ genesis, authority, agreement: checkpoints }),
    }
  }

  function noteProblem(code: string, message: string): void {
    world.log(`${node}: checkpoint delayed, ${code}: ${message}`)
    if (isHonest && code === 'internal' && !message.includes('contradicted itself')) {
      world.violate(`${node} failed over a checkpoint: ${message}`)
    }
  }

  function begin(): void {
    start().catch((error: unknown) => world.violate(`${node} could not start: ${String(error)}`))
  }

  function onStep(): void {
    stepsLeft -= 1
    if (stepsLeft <= 0) crash()
  }

  function crash(): void {
    stepsLeft = Number.POSITIVE_INFINITY
    world.log(`${node} loses power`)
    world.count('authorityCrashes')
    life?.end()
    life = undefined
    running = undefined
    world.gossip.leave(node)
    wires.remove(node)
    world.forks.forget(node)
    scheduler.after(random.between(500, MAX_DOWNTIME_MS), begin)
  }

  function askOther(other: number, body: Uint8Array): Promise<Uint8Array> {
    const asked = world.authorities[other]
    if (asked === undefined) throw gone()
    return wires.exchange(node, asked.node, () => asked.answerAuthority(body, peerId))
  }

  function visit<T>(call: (present: Running) => Promise<T>): Promise<T> {
    const present = running
    if (present === undefined) return Promise.reject(gone())
    return present.life.visit(() => call(present))
  }

  if (isHonest) world.sound.add(node)
  begin()
  await setImmediate()
  return {
    index,
    node,
    peerId,
    isHonest,
    store: disk,
    get authority() {
      return running?.authority
    },
    answerPeer: (body, from) =>
      visit(({ answerPeer }) => {
        const honestly = (): Promise<Uint8Array> => answerPeer(body, from)
        return traitor === undefined ? honestly() : traitor.answer(body, honestly)
      }),
    answerAuthority: (body, from) =>
      visit(({ answerAuthority }) => {
        const honestly = (): Promise<Uint8Array> => answerAuthority(body, from)
        return traitor === undefined ? honestly() : traitor.answerAuthority(body, honestly)
      }),
    crashAfter(steps) {
      if (life !== undefined) stepsLeft = steps
    },
  }
}

/** A database as a process sees it that may die between any two transactions. Time waits for transactions. */
function mortalStore(store: AuthorityStore, life: Life, scheduler: World['scheduler']): AuthorityStore {
  const pass = <T>(task: () => Promise<T>): Promise<T> => life.pass('database', () => scheduler.during(task))
  const shards = store.shards.map((shard): (typeof store.shards)[number] => ({
    transaction: (task) => pass(() => shard.transaction(task)),
  }))
  const home = shards[0]
  if (home === undefined) throw new Error('A store has a shard')
  return {
    shards,
    home,
    shardOf: (account) => shards[store.shards.indexOf(store.shardOf(account))] ?? home,
    bindNetwork: (network) => pass(() => store.bindNetwork(network)),
    payment: (hash) => pass(() => store.payment(hash)),
    sums: () => pass(() => store.sums()),
    close: () => Promise.resolve(),
  }
}

function gone(): LoremeshError {
  return new LoremeshError('not-connected', 'The authority is down')
}

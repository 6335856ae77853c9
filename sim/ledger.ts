import { doubleSpend, schemes } from './double-spender.ts'
import { startDisasters } from './disasters.ts'
import { checkEnd, findUnsettled } from './final-checks.ts'
import { forge } from './forger.ts'
import { freeload } from './freeloader.ts'
import { makeNoise } from './noise.ts'
import { misbehaveAs, rogueries } from './rogue-payee.ts'
import { startSimAuthority } from './sim-authority.ts'
import { startSimPeer, type SimPeer } from './sim-peer.ts'
import { paySingly } from './single-payer.ts'
import { trade } from './trader.ts'
import { createTraitor } from './traitor.ts'
import { runTwin } from './twin.ts'
import { calm, storm } from './weather.ts'
import { createWorld, type World } from './world.ts'

/** What a run of one seed came to. */
export interface LedgerRun {
  /** Whatever happened that never must. */
  readonly violations: readonly string[]
  /** Of all certified entries and checkpoints, in their order: the same for the same seed. */
  readonly digest: string
  /** What one honest payee lost at most to one who spent twice, in µT, and what may be lost. */
  readonly worstLoss: bigint
  readonly creditLine: bigint
  /** What all honest payees lost to the one who cost them most, and how many of them it had reached before the proof. */
  readonly worstFork: { readonly loss: bigint; readonly payeesReached: number }
  /** How long it took until a fork that could be proven was known to each live node. */
  readonly forkProofSeconds: readonly number[]
  /** Counts by name, which show that something happened at all. */
  readonly figures: Readonly<Record<string, number>>
}

const HONEST_PEERS = 32
const ROGUE_PEERS = 3
const DOUBLE_SPENDERS = 5
const TWINS = 2
const SINGLE_PAYERS = 2
const START_MS = 4_000
const STORM_MS = 76_000
/** Time after the storm by which everything must be settled, and how often it is looked. */
const SETTLE_MS = 240_000
const LOOK_MS = 3_000

/**
 * Real peers and real authorities in virtual time. For a while peers buy of each other, while messages, machines and
 * authorities fail and some of them cheat; then all is calm until everything is settled.
 */
export async function runLedgerSimulation(seed: number, onLog?: (line: string) => void): Promise<LedgerRun> {
  const world = createWorld(seed, onLog)
  const { scheduler, weather, auditor, genesis } = world
  const { random } = scheduler
  await startAuthorities(world)
  const peers: SimPeer[] = []
  for (let n = 0; n < HONEST_PEERS; n++) {
    const peer = await startSimPeer(world, { name: `peer ${n}` })
    world.honest.add(peer.identity.peerId)
    peers.push(peer)
  }
  const rogues: SimPeer[] = []
  for (let n = 0; n < ROGUE_PEERS; n++) {
    const misbehave = misbehaveAs(random.pick(rogueries), random)
    rogues.push(await startSimPeer(world, { name: `rogue ${n}`, misbehave }))
  }
  const everybody = [...peers, ...rogues]
  await scheduler.advance(START_MS)

  let isOver = false
  for (const peer of everybody) trade(world, { peer, sellers: everybody, isOver: () => isOver })
  const disasters = startDisasters(world, () => everybody)
  const anywhen = (): number => random.between(1_000, STORM_MS - 20_000)
  const mayFail = (task: Promise<void>): void =>
    void task.catch((error: unknown) => world.violate(`an actor failed: ${String(error)}`))
  for (let n = 0; n < DOUBLE_SPENDERS; n++) {
    const scheme = random.pick(schemes)
    mayFail(
      doubleSpend(world, {
        name: `cheat ${n}`,
        scheme,
        sellers: peers,
        delayMs: anywhen(),
        darken: disasters.darken,
      }),
    )
  }
  for (let n = 0; n < SINGLE_PAYERS; n++) {
    mayFail(paySingly(world, { name: `single payer ${n}`, sellers: everybody, isOver: () => isOver }))
  }
  forge(world, { peers, isOver: () => isOver })
  makeNoise(world, { peers, isOver: () => isOver })
  mayFail(freeload(world, { name: 'freeloader', seller: random.pick(peers), delayMs: anywhen() }))
  for (const peer of random.some(peers, TWINS))
    mayFail(runTwin(world, { peer, sellers: peers, delayMs: anywhen() }))
  Object.assign(weather, storm)
  await scheduler.advance(STORM_MS)

  isOver = true
  Object.assign(weather, calm)
  disasters.end()
  const endMs = scheduler.nowMs() + SETTLE_MS
  do await scheduler.advance(LOOK_MS)
  while (scheduler.nowMs() < endMs && (await findUnsettled(world, peers)).length > 0)
  await checkEnd(world, peers)

  return {
    violations: world.violations,
    digest: auditor.digest(),
    worstLoss: world.losses.losses(world.cheats)[0]?.lost ?? 0n,
    creditLine: genesis.creditLine,
    worstFork: world.losses.worstFork(world.cheats),
    forkProofSeconds: world.forks.seconds,
    figures: {
      ...world.figures,
      ...world.wires.figures,
      virtualSeconds: Math.round((scheduler.nowMs() - genesis.createdAtMs) / 1_000),
      steps: scheduler.steps,
      entries: auditor.entries,
      checkpoints: auditor.height,
      forks: world.forks.provable().length,
    },
  }
}

async function startAuthorities(world: World): Promise<void> {
  const { scheduler, genesis, authorityKeys, authorities } = world
  const { random } = scheduler
  const bad = random.between(0, authorityKeys.length)
  for (const [index, identity] of authorityKeys.entries()) {
    const traitor =
      index === bad
        ? createTraitor(
            { random, identity, genesis, index },
            { onDoubleVote: () => world.count('doubleVotes') },
          )
        : undefined
    authorities.push(await startSimAuthority(world, index, identity, traitor))
  }
}

import type { SimPeer } from './sim-peer.ts'
import type { NodeName } from './virtual-wires.ts'
import type { World } from './world.ts'

/** What happens to the machines and the network. */
export interface Disasters {
  /** Leaves no quorum to anybody for so long. */
  darken(ms: number): void
  /** Ends them: what was split is healed, nobody loses power any more. */
  end(): void
}

const TICK_MS = 1_000
/** Calls of a process between the decision that it loses power and the moment: anywhere between two writes. */
const MAX_STEPS = 40
const MAX_PARTITION_MS = 15_000

/** Begins to strike, as often as the weather says. */
export function startDisasters(world: World, peers: () => readonly SimPeer[]): Disasters {
  const { scheduler, weather, wires, authorities } = world
  const { random } = scheduler
  let isOver = false
  let isSplit = false

  function tick(): void {
    if (isOver) return
    scheduler.after(TICK_MS, tick)
    if (random.chance(weather.peerCrash)) random.pick(peers()).crashAfter(random.between(1, MAX_STEPS))
    if (random.chance(weather.authorityCrash))
      random.pick(authorities).crashAfter(random.between(1, MAX_STEPS))
    if (!isSplit && random.chance(weather.partition))
      split(random.pick(splits)(), random.between(2_000, MAX_PARTITION_MS))
  }

  function split(sides: ReadonlyMap<NodeName, number>, ms: number): void {
    world.log(
      `the network is split for ${ms} ms: ${[...sides].map(([node, side]) => `${node} ${side}`).join(', ')}`,
    )
    isSplit = true
    wires.split(sides)
    world.forks.topologyChanged()
    scheduler.after(ms, heal)
  }

  function heal(): void {
    if (!isSplit) return
    world.log('the network is whole again')
    isSplit = false
    wires.heal()
    world.forks.topologyChanged()
  }

  const authorityNodes = (count: number): readonly NodeName[] =>
    random.some(authorities, count).map(({ node }) => node)
  const peerNodes = (count: number): readonly NodeName[] =>
    random.some(peers(), count).map(({ node }) => node)
  const apart = (nodes: readonly NodeName[]): ReadonlyMap<NodeName, number> =>
    new Map(nodes.map((node, at) => [node, at + 1]))
  const together = (nodes: readonly NodeName[]): ReadonlyMap<NodeName, number> =>
    new Map(nodes.map((node) => [node, 1]))
  const half = (): number => Math.floor(peers().length / 2)

  const splits = [
    () => apart(authorityNodes(1)),
    () => apart(authorityNodes(2)),
    () => together(peerNodes(random.between(2, 10))),
    () => together([...authorityNodes(1), ...peerNodes(random.between(2, 10))]),
    () => together([...authorityNodes(2), ...peerNodes(half())]),
  ]

  scheduler.after(TICK_MS, tick)
  return {
    darken(ms) {
      if (!isOver && !isSplit) split(apart(authorityNodes(2)), ms)
    },
    end() {
      isOver = true
      for (const machine of [...peers(), ...authorities]) machine.crashAfter(Number.POSITIVE_INFINITY)
      heal()
    },
  }
}

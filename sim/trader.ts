import { toLoremeshError } from '../src/domain/kernel/errors.ts'
import type { SimPeer } from './sim-peer.ts'
import type { World } from './world.ts'

const MAX_PAUSE_MS = 50_000
const MAX_CONTEXTS = 5

/** Has `peer` buy some contexts of another one now and then, until `isOver`. A refusal is no failure, an internal error is. */
export function trade(
  world: World,
  {
    peer,
    sellers,
    isOver,
    pauseMs = MAX_PAUSE_MS,
  }: {
    readonly peer: SimPeer
    readonly sellers: readonly SimPeer[]
    readonly isOver: () => boolean
    /** Time between two purchases at most. */
    readonly pauseMs?: number
  },
): void {
  const { scheduler, genesis } = world
  const { random } = scheduler
  const others = sellers.filter(({ identity }) => identity.peerId !== peer.identity.peerId)

  function buy(): void {
    const seller = random.pick(others)
    const wanted = random.some(seller.contexts, random.between(1, MAX_CONTEXTS))
    const bought = peer.running?.buyer.buy({
      provider: seller.identity.peerId,
      addresses: [],
      wanted: new Map(wanted.map(({ contextHash, sizeBytes }) => [contextHash, sizeBytes])),
      maxTokenCost: genesis.starterGrant,
      question: '',
    })
    bought?.then(
      () => world.count('purchases'),
      (error: unknown) => {
        const { code, message } = toLoremeshError(error)
        world.count(`refused: ${code}`)
        if (code === 'internal') world.violate(`${peer.name}'s purchase failed for no reason: ${message}`)
      },
    )
  }

  function plan(): void {
    scheduler.after(random.between(1, pauseMs), () => {
      if (isOver()) return
      buy()
      plan()
    })
  }

  plan()
}

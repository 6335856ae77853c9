import { toLoremeshError } from '../src/domain/kernel/errors.ts'
import type { SimPeer } from './sim-peer.ts'
import type { World } from './world.ts'

const MAX_PAUSE_MS = 40_000
const MAX_CONTEXTS = 3

/** Has `peer` buy some contexts of another one now and then, until `isOver`. A refusal is no failure, an internal error is. */
export function trade(world: World, peers: readonly SimPeer[], peer: SimPeer, isOver: () => boolean): void {
  const { scheduler, auditor, genesis } = world
  const { random } = scheduler
  scheduler.after(random.between(1, MAX_PAUSE_MS), () => {
    if (isOver()) return
    trade(world, peers, peer, isOver)
    const seller = random.pick(peers.filter((other) => other !== peer))
    const contexts = Array.from({ length: random.between(1, MAX_CONTEXTS) }, () =>
      random.pick(seller.contexts),
    )
    const bought = peer.running?.buyer.buy({
      provider: seller.identity.peerId,
      addresses: [],
      wanted: new Map(contexts.map(({ contextHash, sizeBytes }) => [contextHash, sizeBytes])),
      maxTokenCost: genesis.starterGrant,
      question: '',
    })
    bought?.catch((error: unknown) => {
      const { code, message } = toLoremeshError(error)
      if (code === 'internal') auditor.noteViolation(`a purchase failed for no reason: ${message}`)
    })
  })
}

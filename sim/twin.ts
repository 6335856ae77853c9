import { copyLedgerStore } from '../test/support/copy-ledger-store.ts'
import { startSimPeer, type SimPeer } from './sim-peer.ts'
import { trade } from './trader.ts'
import type { World } from './world.ts'

/** How long both copies of a profile run. */
const MIN_TOGETHER_MS = 4_000
const MAX_TOGETHER_MS = 12_000
/** Somebody who runs two copies uses both. */
const PAUSE_MS = 3_000

/** Starts a copy of a peer's profile beside it, by accident, and stops it some time later. */
export async function runTwin(
  world: World,
  {
    peer,
    sellers,
    delayMs,
  }: { readonly peer: SimPeer; readonly sellers: readonly SimPeer[]; readonly delayMs: number },
): Promise<void> {
  const { scheduler } = world
  const { random } = scheduler
  await new Promise<void>((resolve) => scheduler.after(delayMs, resolve))
  const { identity, contextStore } = peer
  world.honest.delete(identity.peerId)
  world.careless.add(identity.peerId)
  world.log(`${peer.name} runs twice`)
  const ledgerStore = await copyLedgerStore(peer.ledgerStore)
  const twin = await startSimPeer(world, {
    name: `twin of ${peer.name}`,
    profile: { identity, ledgerStore, contextStore },
  })
  let isOver = false
  for (const copy of [peer, twin])
    trade(world, { peer: copy, sellers, isOver: () => isOver, pauseMs: PAUSE_MS })
  await new Promise<void>((resolve) =>
    scheduler.after(random.between(MIN_TOGETHER_MS, MAX_TOGETHER_MS), resolve),
  )
  isOver = true
  twin.kill()
}

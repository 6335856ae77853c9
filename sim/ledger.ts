import { calm, storm } from './faults.ts'
import { forge } from './forger.ts'
import { startSimPeer, type SimPeer } from './sim-peer.ts'
import { trade } from './trader.ts'
import { openWorld, type World } from './world.ts'

/** What a run of one seed came to. */
export interface SimulationRun {
  /** Whatever happened that never must. */
  readonly violations: readonly string[]
  /** Of all certified entries, in their order: the same for the same seed. */
  readonly digest: string
  /** Counts by name, which show that something happened at all. */
  readonly figures: Readonly<Record<string, number>>
}

const MINUTE_MS = 60_000

/**
 * Real peers and a real authority in virtual time. For `minutes` of these, peers buy of each other while messages and
 * power fail and forged entries are tried; then all is calm until everything must be settled. After every step the
 * ledger is checked: nothing minted or lost, one certified entry a place, no payment taken without delivery and
 * acknowledgement, no timely claim refused.
 */
export async function runLedgerSimulation(
  seed: number,
  { peers: peerCount = 6, minutes = 15 }: { readonly peers?: number; readonly minutes?: number } = {},
): Promise<SimulationRun> {
  const world = openWorld(seed)
  const { scheduler, authority, auditor, network, faults, genesis } = world
  const peers: SimPeer[] = []
  while (peers.length < peerCount) peers.push(await startSimPeer(world))

  let isOver = false
  let forgeriesRefused = 0
  for (const peer of peers) trade(world, peers, peer, () => isOver)
  forge(world, peers, { isOver: () => isOver, onRefused: () => (forgeriesRefused += 1) })
  const check = (): void => auditor.checkSums(authority.totals())
  Object.assign(faults, storm)
  await scheduler.advance(minutes * MINUTE_MS, check)
  isOver = true
  Object.assign(faults, calm)
  await scheduler.advance(2 * genesis.paymentWindowMs + 2 * MINUTE_MS, check)
  for (const peer of peers) await checkSettled(world, peer)
  world.close()

  const payments = [...auditor.payments.values()]
  const reclaimed = payments.filter(({ state }) => state === 'reclaimed')
  return {
    violations: auditor.violations,
    digest: auditor.digest(),
    figures: {
      steps: scheduler.steps,
      entries: auditor.entries,
      payments: payments.length,
      claimed: payments.filter(({ state }) => state === 'claimed').length,
      reclaimed: reclaimed.length,
      // The payer acknowledged in vain: the payee did not claim in time.
      lapsed: reclaimed.filter(({ hash }) => auditor.wasAcknowledged(hash)).length,
      forgeriesRefused,
      crashes: peers.reduce((sum, peer) => sum + peer.crashes, 0),
      ...network.figures,
    },
  }
}

/** Notes where a peer's own books are not what was certified, or something still waits. */
async function checkSettled(
  { authority, auditor }: World,
  { identity, ledgerStore }: SimPeer,
): Promise<void> {
  const { peerId, account } = identity
  const head = await ledgerStore.head()
  if (
    head?.head !== authority.head(account, 0)?.state.head ||
    (await ledgerStore.listUncertified()).length > 0
  ) {
    auditor.noteViolation(`the chain of ${peerId} is not the certified one`)
  }
  for (const { payment, phase, direction } of await ledgerStore.listPayments()) {
    const outcome = auditor.payments.get(payment)?.state
    const payeePhase = outcome === 'claimed' ? 'claimed' : 'lapsed'
    if (phase !== (direction === 'out' ? outcome : payeePhase)) {
      auditor.noteViolation(
        `payment ${payment} (${direction}) of ${peerId} is ${phase}, not ${String(outcome)}`,
      )
    }
  }
}

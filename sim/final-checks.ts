import type { LogEntry } from '../signaling/authority-store/authority-store.ts'
import { createLedgerReading } from '../signaling/authority/ledger-reading.ts'
import { peerIdToAccount, type PeerId } from '../src/domain/identity/account.ts'
import { bytesToHexText } from '../src/domain/kernel/bytes.ts'
import type { Payment } from '../src/domain/ledger/account-state.ts'
import type { WalletState } from '../src/peer/peer.ts'
import type { PaymentRecord } from '../src/ports/ledger-store.ts'
import type { SimAuthority } from './sim-authority.ts'
import type { SimPeer } from './sim-peer.ts'
import type { World } from './world.ts'

/** What still waits for something, in words; empty once everything honest is settled. */
export async function findUnsettled(world: World, peers: readonly SimPeer[]): Promise<readonly string[]> {
  const { auditor, authorities } = world
  const found: string[] = []
  for (const { node, isHonest, authority, store } of authorities) {
    if (!isHonest) continue
    if (authority === undefined) found.push(`${node} is down`)
    const { entries } = await store.sums()
    if (entries !== auditor.entries) found.push(`${node} has ${entries} entries of ${auditor.entries}`)
    const height = (await store.home.transaction((home) => home.newestCheckpoint()))?.height ?? 0
    if (height !== auditor.height) found.push(`${node} is at checkpoint ${height} of ${auditor.height}`)
  }
  if (auditor.beyondCheckpoint > 0) found.push(`${auditor.beyondCheckpoint} entries are in no checkpoint`)
  for (const account of world.forks.provable()) {
    const freezes = freezesOf(auditor, account)
    if (freezes === 0) found.push(`${nameOf(world, account)} forked and was never frozen`)
    // One fork is taken for an accident.
    if (freezes === 1 && isFrozen(world, account))
      found.push(`${nameOf(world, account)} forked once and is frozen`)
  }
  for (const peer of settling(world, peers)) {
    const { name, running, ledgerStore, identity } = peer
    const waiting = (await ledgerStore.listUncertified()).length
    if (running === undefined) found.push(`${name} is down`)
    if (waiting > 0) found.push(`${name} has ${waiting} uncertified entries`)
    const notice = walletOf(peer)?.notice ?? ''
    if (notice !== '') found.push(`the wallet of ${name} says: ${notice}`)
    const own = bytesToHexText(identity.account)
    for (const payment of auditor.payments.values()) {
      if (bytesToHexText(payment.payer) === own && !isSettled(payment))
        found.push(`${name} has a payment ${payment.state}`)
    }
    for (const { payment, direction, phase } of await ledgerStore.listPayments()) {
      const known = auditor.payments.get(payment)
      if (known !== undefined && !isInStep({ direction, phase }, known)) {
        found.push(`${name} has a payment (${direction}) ${phase} that is ${known.state}`)
      }
    }
  }
  return found
}

/** Whose books must come to an end: those of honest owners, and of careless ones that are not frozen for good. */
function settling(world: World, peers: readonly SimPeer[]): readonly SimPeer[] {
  return peers.filter(({ identity }) => {
    if (world.honest.has(identity.peerId)) return true
    return world.careless.has(identity.peerId) && !isFrozen(world, bytesToHexText(identity.account))
  })
}

function isSettled({ kind, state }: Payment): boolean {
  return state === 'returned' || (kind === 'pay' && state === 'claimed')
}

/** Whether a peer's record of a payment says what the ledger says. */
function isInStep(
  { direction, phase }: Pick<PaymentRecord, 'direction' | 'phase'>,
  payment: Payment,
): boolean {
  if (phase === payment.state) return true
  if (direction === 'out') return false
  // What its payer does afterwards is of no matter to the payee.
  if (payment.state === 'returned') return phase === (payment.claimed > 0n ? 'claimed' : 'lapsed')
  return false
}

/** Whether the newest fact about the account froze it. */
export function isFrozen({ auditor }: World, account: string): boolean {
  const facts = auditor.factsAbout(account)
  const frozen = facts.findLast(({ fact }) => fact.type === 'freeze')?.height ?? 0
  return frozen > (facts.findLast(({ fact }) => fact.type === 'thaw')?.height ?? 0)
}

/** Checks what must hold once everything is settled. */
export async function checkEnd(world: World, peers: readonly SimPeer[]): Promise<void> {
  for (const unsettled of await findUnsettled(world, peers)) world.violate(`at the end ${unsettled}`)
  for (const missing of world.forks.missing()) world.violate(missing)
  await checkAuthorities(world)
  for (const peer of settling(world, peers)) await checkWallet(world, peer)
  checkForks(world)
  checkLosses(world)
}

async function checkAuthorities({ authorities, auditor, scheduler, violate }: World): Promise<void> {
  for (const authority of authorities) {
    if (!authority.isHonest) continue
    const { conserved } = await createLedgerReading(authority.store, scheduler).totals()
    if (!conserved) violate(`the sums of ${authority.node} do not add up`)
    const log = await readLog(authority)
    const isSame = log.every(({ signed }) => auditor.certifiedAt(placeOf(signed)) === signed.hash)
    if (log.length !== auditor.entries || !isSame) violate(`the log of ${authority.node} is another one`)
  }
}

function placeOf({ entry }: LogEntry['signed']): string {
  return `${bytesToHexText(entry.account)}/${entry.seq}`
}

function readLog({ store }: SimAuthority): Promise<readonly LogEntry[]> {
  return store.home.transaction((home) => home.log(1, 1_000_000))
}

async function checkWallet({ auditor, violate }: World, peer: SimPeer): Promise<void> {
  const { name, identity, ledgerStore } = peer
  const state = auditor.states.get(bytesToHexText(identity.account))
  const head = await ledgerStore.head()
  if (head?.head !== state?.head) violate(`the chain of ${name} is not the certified one`)
  const wallet = walletOf(peer)
  if (wallet === undefined || state === undefined) return
  for (const field of ['balance', 'credit'] as const) {
    if (wallet[field] !== state[field]) {
      violate(`the wallet of ${name} shows a ${field} of ${wallet[field]} µT, which is ${state[field]} µT`)
    }
  }
}

/** What a peer's wallet shows; undefined while it is down. */
function walletOf({ running }: SimPeer): WalletState | undefined {
  let wallet: WalletState | undefined
  running?.wallet.subscribe((newest) => (wallet = newest))()
  return wallet
}

function freezesOf(auditor: World['auditor'], account: string): number {
  return auditor.factsAbout(account).filter(({ fact }) => fact.type === 'freeze').length
}

/** Everybody who forked was frozen, and stays so who did it again; nobody else ever was. */
function checkForks(world: World): void {
  const { auditor, forks, violate } = world
  const provable = new Set(forks.provable())
  const owners = [...world.honest, ...world.freeloaders].map((peerId) =>
    bytesToHexText(peerIdToAccount(peerId)),
  )
  for (const account of owners) {
    if (provable.has(account) || auditor.factsAbout(account).some(({ fact }) => fact.type === 'freeze')) {
      violate(`${nameOf(world, account)} never forked, but is taken for a cheat`)
    }
  }
  for (const account of provable) {
    const freezes = freezesOf(auditor, account)
    if (freezes > 1 && !isFrozen(world, account))
      violate(`${nameOf(world, account)} forked more than once and is free`)
  }
}

/** What payees lost to each who spent twice is no more than a credit line for each of them; who runs twice gives it twice. */
function checkLosses(world: World): void {
  const { losses, cheats, careless, genesis } = world
  const nameOfPeer = (peerId: PeerId): string => nameOf(world, bytesToHexText(peerIdToAccount(peerId)))
  for (const { payer, payee, lost } of losses.losses(cheats)) {
    const lines = careless.has(payee) ? 2n : 1n
    if (lost > lines * genesis.creditLine)
      world.violate(`${nameOfPeer(payee)} lost ${lost} µT to ${nameOfPeer(payer)}`)
  }
}

function nameOf({ names }: World, account: string): string {
  return names.get(account) ?? account
}

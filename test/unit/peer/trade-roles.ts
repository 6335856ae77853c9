import { expect } from 'vitest'
import type { ContextHash } from '../../../src/domain/content/context-hash.ts'
import type { ErrorCode } from '../../../src/domain/kernel/errors.ts'
import type { HubPeer, PeerHub } from '../../support/peer-hub.ts'
import { buy, failureOf, settleAll, walletOf, type Wanted } from './trade-fixture.ts'

/** Who trades. */
export interface Roles {
  buyer: HubPeer
  seller: HubPeer
}

/** Buys what is not held yet, and keeps what comes. Gives the code that it fails with. */
export async function buyRest(
  { buyer, seller }: Roles,
  wanted: Wanted,
  held: Set<ContextHash>,
): Promise<ErrorCode | undefined> {
  const rest = new Map([...wanted].filter(([contextHash]) => !held.has(contextHash)))
  if (rest.size === 0) return undefined
  return failureOf(
    buy(buyer, seller, rest, {
      keep(kept: ReadonlyMap<ContextHash, string>) {
        for (const contextHash of kept.keys()) held.add(contextHash)
        return Promise.resolve()
      },
    }),
  )
}

/** Lets everything come to its end: what is owed is claimed, and the rest comes back. */
export async function finish(hub: PeerHub, ...peers: readonly HubPeer[]): Promise<void> {
  await hub.clock.advance(hub.genesis.paymentWindowMs + 10_000)
  await settleAll(hub, ...peers)
}

/** Nothing is on its way any more, nobody has signed two entries at one place, and books and ledger agree. */
export async function expectInOrder(hub: PeerHub, ...peers: readonly HubPeer[]): Promise<void> {
  expect(await hub.totals()).toMatchObject({ conserved: true, locked: 0n, drawn: 0n, pending: 0n })
  for (const peer of peers) {
    const { identity, ledgerStore } = peer
    expect(await ledgerStore.listUncertified()).toEqual([])
    expect(await ledgerStore.listForkProofs()).toEqual([])
    const own = await ledgerStore.head()
    for (const authority of hub.authorities.authorities) {
      const { state } = await authority.head(identity.account, 0)
      expect(state).toMatchObject({ head: own?.head, frozen: false })
    }
    await peer.peer.settle()
    expect(walletOf(peer)).toMatchObject({
      balance: own?.balance,
      credit: own?.credit,
      reserved: 0n,
      pendingOut: 0n,
      pendingIn: 0n,
    })
  }
}

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { KnownPeer } from '../../src/domain/network/known-peers.ts'
import type { KnownPeers } from '../../src/ports/known-peers.ts'
import { ann, bob } from '../support/ledger.ts'
import type { OpenStore } from './open-store.ts'

const knownAnn: KnownPeer = {
  peerId: ann.peerId,
  addresses: [`/ip4/192.0.2.1/tcp/4001/ws/p2p/${ann.peerId}`],
  linkedAtMs: 1_767_225_600_000,
  failures: 2,
  anchoredAtMs: 1_767_139_200_000,
}
const knownBob: KnownPeer = { peerId: bob.peerId, addresses: [], linkedAtMs: 0, failures: 0 }

/** What every memory of known peers promises. */
export function describeKnownPeers(name: string, openStore: () => Promise<OpenStore<KnownPeers>>): void {
  describe(`known peers ${name}`, () => {
    let opened: OpenStore<KnownPeers>
    beforeEach(async () => {
      opened = await openStore()
    })
    afterEach(() => opened.close())

    it('are none at first', async () => {
      expect(await opened.store.load()).toEqual([])
    })

    it('are those that were saved last, in their order', async () => {
      await opened.store.save([knownAnn])
      await opened.store.save([knownBob, knownAnn])
      expect(await opened.store.load()).toEqual([knownBob, knownAnn])
      await opened.store.save([])
      expect(await opened.store.load()).toEqual([])
    })

    it('are there again after a restart', async () => {
      await opened.store.save([knownAnn, knownBob])
      if (opened.reopen === undefined) return
      opened = await opened.reopen()
      expect(await opened.store.load()).toEqual([knownAnn, knownBob])
    })
  })
}

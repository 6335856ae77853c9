import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { textToBytes } from '../../../src/domain/kernel/bytes.ts'
import { createWritable } from '../../../src/domain/kernel/readable.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { PowerSource } from '../../../src/domain/network/serving-caps.ts'
import type { RunningPeer } from '../../../src/peer/create-peer.ts'
import type { PeerStatus } from '../../../src/peer/peer.ts'
import { openPeerHub, type PeerHub } from '../../support/peer-hub.ts'
import { valueOf } from '../../support/value-of.ts'

const article = `# Bees

Honey bees tell each other where food is with a waggle dance. The angle of the dance shows the direction from the sun.
`
const question = 'How do bees tell where food is?'
const options = { scope: 'both', maxTokenCost: parseTokens('20') } as const
const uncapped = { uploadBytesPerSecond: Infinity, dailyBytes: Infinity, servesOnBattery: true }

describe('a peer whose user has set caps', () => {
  const power = createWritable<PowerSource>('mains')
  let hub: PeerHub
  let seller: RunningPeer
  let buyer: RunningPeer

  beforeEach(async () => {
    power.set('mains')
    hub = await openPeerHub()
    seller = (await hub.addPeer({ power, servingCaps: { ...uncapped, servesOnBattery: false } })).peer
    buyer = (await hub.addPeer()).peer
    await shareArticle(seller)
  })

  afterEach(() => hub.close())

  async function shareArticle(peer: RunningPeer): Promise<void> {
    const [added] = await peer.library.add([{ path: 'bees.md', bytes: textToBytes(article) }])
    if (added?.documentHash === undefined) throw new Error(added?.reason ?? 'not added')
    await peer.library.setVisibility(added.documentHash, 'shared')
    await peer.announce()
  }

  it('counts what it has sent: answers to searches and contexts', async () => {
    expect(valueOf(seller.serving.state).uploadedTodayBytes).toBe(0)
    const { results } = await buyer.ask(question, options)
    const bought = results.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    expect(bought).toBeGreaterThan(0)
    seller.serving.setCaps(uncapped)
    expect(valueOf(seller.serving.state).uploadedTodayBytes).toBeGreaterThan(bought)
  })

  it('announces nothing during a pause, and what it shares afterwards', async () => {
    expect(hub.announcedBy(seller.peerId)).not.toEqual([])
    power.set('battery')
    await hub.clock.advance(1_000)
    expect(hub.announcedBy(seller.peerId)).toEqual([])
    power.set('mains')
    await hub.clock.advance(1_000)
    expect(hub.announcedBy(seller.peerId)).not.toEqual([])
  })

  it('says during a pause that it serves nobody, to those who ask and in its own status', async () => {
    await buyer.ask('Where is the sun?', options)
    power.set('battery')
    const { results, troubles } = await buyer.ask(question, options)
    expect(results.filter(({ provider }) => provider === seller.peerId)).toEqual([])
    for (const { code } of troubles) expect(code).toBe('not-serving')
    expect(valueOf<PeerStatus>(seller.status).detail).toContain('on battery')
  })

  it('leaves buyers to another one that shares the same', async () => {
    const other = (await hub.addPeer()).peer
    await shareArticle(other)
    power.set('battery')
    const { results } = await buyer.ask(question, options)
    expect(results.map(({ provider }) => provider)).toEqual([other.peerId])
  })

  it('sells to buyers one after the other where its upload allows only one at once', async () => {
    seller.serving.setCaps({ ...uncapped, uploadBytesPerSecond: 2_000 })
    const second = (await hub.addPeer()).peer
    const asked = Promise.all([buyer.ask(question, options), second.ask(question, options)])
    await hub.clock.advance(3_000)
    for (const { results } of await asked)
      expect(results.map(({ provider }) => provider)).toEqual([seller.peerId])
  })
})

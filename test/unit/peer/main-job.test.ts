import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashText } from '../../../src/domain/content/context-hash.ts'
import { DEFAULT_PRICES } from '../../../src/domain/economy/prices.ts'
import { textToBytes } from '../../../src/domain/kernel/bytes.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { precisionAtK } from '../../../src/domain/retrieval/precision.ts'
import type { RunningPeer } from '../../../src/peer/create-peer.ts'
import type { WalletState } from '../../../src/peer/peer.ts'
import { openPeerHub, type PeerHub } from '../../support/peer-hub.ts'
import { valueOf } from '../../support/value-of.ts'
import { SHOWN_MS } from './trade-fixture.ts'

const article = `# Bees

## Waggle dance

Honey bees tell each other where food is with a waggle dance. The angle of the dance shows the direction from the sun.

## Winter

In winter the bees form a cluster around the queen and shiver to keep her warm.
`
const budget = parseTokens('20')

describe('asking and serving', () => {
  let hub: PeerHub
  let anna: RunningPeer
  let ben: RunningPeer

  beforeEach(async () => {
    hub = await openPeerHub()
    anna = (await hub.addPeer()).peer
    ben = (await hub.addPeer()).peer
    const [added] = await anna.library.add([{ path: 'bees.md', bytes: textToBytes(article) }])
    if (added?.documentHash === undefined) throw new Error(added?.reason ?? 'not added')
    await anna.library.setVisibility(added.documentHash, 'shared')
    await anna.announce()
  })

  afterEach(() => hub.close())

  it('gets the passage from the peer that shares it, for two tokens per KB rounded up to a millionth', async () => {
    const answer = await ben.ask('How do bees tell where food is?', { scope: 'both', maxTokenCost: budget })
    const [best] = answer.results
    expect(best?.text).toContain('waggle dance')
    expect(best?.provider).toBe(anna.peerId)
    expect(best?.transport).toBe('webrtc')
    const size = textToBytes(best?.text ?? '').length
    expect(best?.paid).toBe((BigInt(size) * 2_000_000n + 1023n) / 1024n)
  })

  it('moves exactly what was paid, and loses nothing on the way', async () => {
    const answer = await ben.ask('How do bees tell where food is?', { scope: 'both', maxTokenCost: budget })
    const paid = answer.results.reduce((sum, result) => sum + result.paid, 0n)
    expect(paid).toBeGreaterThan(0n)
    await hub.clock.advance(SHOWN_MS)
    expect(walletOf(anna).pendingIn).toBe(paid)
    await anna.claimEverything()
    await hub.clock.settled()
    const [payer, payee] = [walletOf(ben), walletOf(anna)]
    expect(payer).toMatchObject({ credit: hub.genesis.starterGrant - paid, reserved: 0n, pendingOut: 0n })
    expect(payee).toMatchObject({ credit: hub.genesis.starterGrant + paid, pendingIn: 0n })
    expect(await hub.totals()).toMatchObject({ conserved: true, locked: 0n, drawn: 0n, pending: 0n })
    expect(payer.entries.map(({ kind }) => kind)).toEqual(['release', 'reserve', 'collect', 'open'])
    expect(payee.entries[0]).toMatchObject({ kind: 'claim', change: paid })
  })

  it('charges nothing for the same question again', async () => {
    const first = await ben.ask('How do bees tell where food is?', { scope: 'both', maxTokenCost: budget })
    const before = walletOf(ben)
    const again = await ben.ask('How do bees tell where food is?', { scope: 'both', maxTokenCost: budget })
    expect(first).toMatchObject({ fromCache: false, paidEarlier: 0n })
    expect(again).toMatchObject({ fromCache: true, paidEarlier: first.usage.paid, usage: { paid: 0n } })
    expect(again.results[0]).toMatchObject({ provider: 'self', origin: 'cached', paid: 0n })
    expect(walletOf(ben)).toMatchObject({ balance: before.balance, credit: before.credit })
  })

  it('counts the model tokens of what was bought, and keeps the question', async () => {
    const answer = await ben.ask('How do bees tell where food is?', { scope: 'both', maxTokenCost: budget })
    const usage = await ben.questions.count(answer)
    expect(usage).toMatchObject({ encoding: 'o200k_base', documents: 1, paid: answer.usage.paid })
    expect(usage.contextTokens).toBeGreaterThan(15)
    expect(usage.documentTokens).toBeGreaterThanOrEqual(usage.contextTokens)
    const { id } = await ben.questions.keep(answer, usage, DEFAULT_PRICES)
    await ben.questions.judge(id, answer.results[0]?.contextHash ?? hashText(''), 'helpful')
    expect(precisionAtK(await ben.questions.list())).toMatchObject({ mean: 1, questions: 1, judged: 1 })
    expect(await anna.questions.list()).toEqual([])
  })

  it('asks again when passages that answer less well are wanted too', async () => {
    const ask = (minRelevance: number) =>
      ben.ask('How do bees tell where food is?', { scope: 'both', maxTokenCost: budget, minRelevance })
    await ask(1)
    expect((await ask(0)).fromCache).toBe(false)
    expect((await ask(0)).fromCache).toBe(true)
  })

  it('finds a private document for its owner only', async () => {
    await anna.library.add([{ path: 'secret.md', bytes: textToBytes('# Vault\n\nThe vault code is 7431.') }])
    const mine = await anna.ask('What is the vault code?', { scope: 'library', maxTokenCost: budget })
    const theirs = await ben.ask('What is the vault code?', { scope: 'network', maxTokenCost: budget })
    expect(mine.results[0]?.text).toContain('7431')
    expect(theirs.results.some((result) => result.text.includes('7431'))).toBe(false)
  })

  it('leaves out what the limit per question does not cover, and says so', async () => {
    const answer = await ben.ask('How do bees tell where food is?', {
      scope: 'network',
      maxTokenCost: parseTokens('0.01'),
    })
    expect(answer.results).toEqual([])
    expect(answer.troubles[0]?.code).toBe('price-above-limit')
  })

  it('stops at a question that is empty', async () => {
    await expect(ben.ask('  ', { scope: 'both', maxTokenCost: budget })).rejects.toMatchObject({
      code: 'bad-input',
    })
  })
})

function walletOf(peer: RunningPeer): WalletState {
  return valueOf(peer.wallet)
}

import { describe, expect, it } from 'vitest'
import { createWebCryptoSignatureVerifier } from '../../../src/adapters/webcrypto/webcrypto-signature-verifier.ts'
import { encodeStanding } from '../../../src/domain/ledger/account-standing.ts'
import { NEWCOMER_REPUTATION } from '../../../src/domain/reputation/newcomer.ts'
import { createProviderStandings } from '../../../src/peer/provider-standings.ts'
import { createStandingLookups } from '../../../src/peer/standing-lookups.ts'
import { sampleCheckpoint } from '../../support/checkpoint-samples.ts'
import { ann, bob, cat, genesis } from '../../support/ledger.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { createMemoryDirectory } from '../../support/standing-directory.ts'

const { signed, tree } = sampleCheckpoint()
const proof = tree.proofOf(bob.account)
if (proof === undefined) throw new Error('The sample has changed')
const bobsStanding = encodeStanding({ checkpoint: signed, proof })

function setUp() {
  const clock = createManualClock()
  const standings = createProviderStandings({ links: () => [], clock })
  const learnt = new Set<string>()
  const settled: (() => void)[] = []
  const { directory, standings: left, asked } = createMemoryDirectory(ann.peerId)
  let own: Uint8Array | undefined
  const lookups = createStandingLookups({
    standingDirectory: directory,
    standings: {
      of: standings.of,
      learn(leaf) {
        learnt.add(String(leaf.account))
        standings.learn(leaf)
        for (const resolve of settled.splice(0)) resolve()
      },
    },
    checkpoints: { standing: () => own },
    view: { removals: () => [] },
    genesis,
    signatureVerifier: createWebCryptoSignatureVerifier(),
    clock,
  })
  return {
    clock,
    lookups,
    left,
    asked,
    learnt,
    nextLearnt: () => new Promise<void>((resolve) => settled.push(resolve)),
    setOwn: (standing: Uint8Array) => (own = standing),
  }
}

describe('standings of providers', () => {
  it('are looked for when a provider is judged, and count once they are verified', async () => {
    const { lookups, left, nextLearnt } = setUp()
    left.set(bob.peerId, bobsStanding)
    const learnt = nextLearnt()
    expect(lookups.of(bob.peerId).earned7d).toBe(0n)
    await learnt
    expect(lookups.of(bob.peerId).earned7d).toBe(proof.leaf.earned7d)
  })

  it('that belong to another account, or are nothing of the kind, change nothing', async () => {
    const { clock, lookups, left, asked, learnt } = setUp()
    left.set(cat.peerId, bobsStanding)
    left.set(bob.peerId, Uint8Array.of(1, 2, 3))
    for (const { peerId } of [cat, bob]) lookups.of(peerId)
    await clock.advance(5_000)
    expect(asked).toEqual([cat.peerId, bob.peerId])
    expect(learnt.size).toBe(0)
    expect(lookups.of(cat.peerId).reputation).toBe(NEWCOMER_REPUTATION)
  })

  it('are not looked for again and again', async () => {
    const { clock, lookups, asked } = setUp()
    for (let n = 0; n < 5; n++) lookups.of(bob.peerId)
    await clock.advance(599_000)
    lookups.of(bob.peerId)
    expect(asked).toHaveLength(1)
    await clock.advance(1_000)
    lookups.of(bob.peerId)
    expect(asked).toHaveLength(2)
  })
})

describe('the own standing', () => {
  it('is left in the directory once there is one, when it changes, and every ten minutes', async () => {
    const { clock, lookups, left, setOwn } = setUp()
    const stop = lookups.start()
    await clock.advance(120_000)
    expect(left.size).toBe(0)
    setOwn(bobsStanding)
    await clock.advance(60_000)
    expect(left.get(ann.peerId)).toEqual(bobsStanding)
    left.clear()
    await clock.advance(300_000)
    expect(left.size).toBe(0)
    await clock.advance(300_000)
    expect(left.size).toBe(1)
    left.clear()
    setOwn(Uint8Array.of(9))
    await clock.advance(60_000)
    expect(left.get(ann.peerId)).toEqual(Uint8Array.of(9))
    stop()
  })
})

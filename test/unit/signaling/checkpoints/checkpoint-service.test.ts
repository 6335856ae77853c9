import { beforeEach, describe, expect, it } from 'vitest'
import { parseAccountProof } from '../../../../src/domain/ledger/account-proof.ts'
import { verifyStanding } from '../../../../src/domain/ledger/account-standing.ts'
import { parseCheckpointCertificate } from '../../../../src/domain/ledger/checkpoint-certificate.ts'
import { parseHeader } from '../../../../src/domain/ledger/checkpoint-codec.ts'
import { NO_CHECKPOINT } from '../../../../src/domain/ledger/checkpoint.ts'
import { parseFacts } from '../../../../src/domain/ledger/fact-codec.ts'
import { verifySkipChain } from '../../../../src/domain/ledger/skip-links.ts'
import type { CheckpointAnswers } from '../../../../signaling/checkpoints/checkpoint-answers.ts'
import { ann, bob, cat } from '../../../support/ledger.ts'
import { referenceVerifier } from '../../../support/reference-verifier.ts'
import { createDice } from '../../../support/virtual-time.ts'
import { createCheckpointNetwork, type CheckpointNetwork } from './checkpoint-network.ts'
import { createNetworkHolder, type NetworkHolder } from './network-holder.ts'
import { createMarket } from './simulated-market.ts'

const INTERVAL_MS = 10_000
const WINDOW_MS = 20_000

let network: CheckpointNetwork
let holders: readonly NetworkHolder[]

async function open(authorities: number, shards = 1): Promise<void> {
  network = await createCheckpointNetwork({ dice: createDice(1), authorities, shards })
  const identities = [ann, bob, cat]
  const market = createMarket(network, identities)
  holders = identities.map((identity) => createNetworkHolder(network, market, identity))
  await startAll()
}

async function startAll(): Promise<void> {
  const started = network.authorities
    .filter((authority) => !authority.isRunning())
    .map((authority) => authority.start())
  await network.clock.pass(2_000)
  await Promise.all(started)
}

/** Lets time pass until something that needs it is done. */
async function during<T>(ms: number, task: Promise<T>): Promise<T> {
  await network.clock.pass(ms)
  return task
}

function holder(index: number): NetworkHolder {
  const found = holders[index]
  if (found === undefined) throw new Error('There is no such holder')
  return found
}

/** What an authority tells about checkpoints. */
async function archive(): Promise<CheckpointAnswers> {
  const [authority] = network.authorities
  if (authority === undefined) throw new Error('There is no authority')
  return authority.use(({ checkpoints }) => Promise.resolve(checkpoints))
}

async function heights(): Promise<readonly number[]> {
  const newest = await Promise.all(
    network.authorities.map(({ store }) => store.home.transaction((home) => home.newestCheckpoint())),
  )
  return newest.map((checkpoint) => checkpoint?.height ?? 0)
}

describe.each([
  [1, 1],
  [4, 1],
  [4, 2],
])('%i authorities with databases of %i shards', { timeout: 60_000 }, (count, shards) => {
  beforeEach(() => open(count, shards))

  it('make a checkpoint when the interval is over and something changed', async () => {
    await during(1_000, holder(0).fund())
    expect(network.headers.size).toBe(0)
    await network.clock.pass(INTERVAL_MS)
    expect([...network.headers.keys()]).toEqual([1])
    await network.clock.pass(5 * INTERVAL_MS)
    expect(network.headers.size).toBe(1)
  })

  it('make one after ten minutes when nothing changes', async () => {
    await network.clock.pass(600_000 - INTERVAL_MS)
    expect(network.headers.size).toBe(0)
    await network.clock.pass(2 * INTERVAL_MS)
    expect(network.headers.size).toBe(1)
  })

  it('make one at once when they start and the last one is older than the interval', async () => {
    for (const authority of network.authorities) authority.crash()
    await network.clock.pass(INTERVAL_MS)
    await startAll()
    expect(await heights()).toEqual(network.authorities.map(() => 1))
  })

  it('let a payment lapse soon after its end', async () => {
    await during(1_000, holder(0).fund())
    await during(1_000, holder(1).fund())
    const { hash } = await during(1_000, holder(0).pay(holder(1)))
    await network.clock.pass(WINDOW_MS + 2 * INTERVAL_MS)
    expect(network.facts.filter(({ fact }) => fact.type === 'lapse')).toMatchObject([
      { fact: { payment: hash } },
    ])
    for (const { store } of network.authorities) {
      expect((await store.payment(hash))?.state).toBe('lapsed')
    }
  })

  it('tell the newest checkpoint with the headers that link it to an older one', async () => {
    await during(1_000, holder(0).fund())
    for (let made = 0; made < 6; made++) {
      await during(1_000, holder(0).pay(holder(1)))
      await network.clock.pass(INTERVAL_MS + 2_000)
    }
    const [height = 0] = await heights()
    expect(height).toBeGreaterThanOrEqual(6)
    const { newest, checkpoint } = await archive()
    for (let from = 0; from < height; from++) {
      const answer = await newest(from)
      if (answer === undefined) throw new Error('There is no checkpoint')
      const known = await checkpoint(from)
      const hash = known === undefined ? NO_CHECKPOINT : parseHeader(known.header).hash
      const chain = [answer.header, ...answer.olderHeaders].map(parseHeader)
      expect(() => verifySkipChain(chain, { height: from, hash })).not.toThrow()
    }
  })

  it('prove where an account stands', async () => {
    await during(1_000, holder(0).fund())
    await network.clock.pass(INTERVAL_MS + 2_000)
    const { standing: standingOf, facts: factsOf } = await archive()
    const answer = await standingOf(ann.account)
    if (answer === undefined) throw new Error('The account has no standing')
    const checkpoint = {
      ...parseHeader(answer.header),
      certificate: parseCheckpointCertificate(answer.certificate),
    }
    const standing = { checkpoint, proof: parseAccountProof(answer.proof) }
    const leaf = await verifyStanding(standing, ann.account, network.genesis, referenceVerifier, [])
    expect(leaf).toMatchObject({ seq: 1, credit: network.genesis.starterGrant, reputationMilli: 500 })
    expect(await standingOf(cat.account)).toBeUndefined()
    const facts = await factsOf(1)
    expect(facts && parseFacts(facts)).toMatchObject([{ type: 'grant' }])
    expect(await factsOf(2)).toBeUndefined()
  })
})

describe('four authorities', { timeout: 60_000 }, () => {
  beforeEach(() => open(4))

  it('go on without one of them, which takes over what it missed', async () => {
    await during(1_000, holder(0).fund())
    await during(1_000, holder(1).fund())
    network.split([0, 0, 0, 1])
    for (let made = 0; made < 3; made++) {
      await during(1_000, holder(0).pay(holder(1)))
      await network.clock.pass(2 * INTERVAL_MS)
    }
    const before = await heights()
    expect(before[3]).toBeLessThan(before[0] ?? 0)
    network.split([0, 0, 0, 0])
    await network.clock.pass(2 * INTERVAL_MS)
    expect(new Set(await heights()).size).toBe(1)
  })

  it('let payments lapse while claims of others are under way at different authorities', async () => {
    for (const index of [0, 1, 2]) await during(1_000, holder(index).fund())
    const [first, second, free] = [
      await during(500, holder(0).pay(holder(1))),
      await during(500, holder(0).pay(holder(2))),
      await during(500, holder(0).pay(holder(1))),
    ]
    await holder(1).askVotes(holder(1).signClaim(first, holder(0)), [0, 1])
    await holder(2).askVotes(holder(2).signClaim(second, holder(0)), [2, 3])
    await network.clock.pass(WINDOW_MS + 4 * INTERVAL_MS)
    const lapsed = network.facts.flatMap(({ fact }) => (fact.type === 'lapse' ? [fact.payment] : []))
    expect(lapsed).toEqual([free.hash])
  })

  it('make no checkpoint while only two of them are connected, and go on afterwards', async () => {
    network.split([0, 0, 1, 1])
    await during(1_000, holder(0).fund())
    await network.clock.pass(10 * INTERVAL_MS)
    expect(network.headers.size).toBe(0)
    network.split([0, 0, 0, 0])
    await network.clock.pass(4 * INTERVAL_MS)
    expect(new Set(await heights())).toEqual(new Set([network.headers.size]))
    expect(network.headers.size).toBeGreaterThan(0)
    expect(network.failures).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import type { AuthorityStore } from '../../../signaling/authority-store/authority-store.ts'
import type { MicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { createCheckpoint } from '../../../src/domain/ledger/checkpoint-codec.ts'
import type { CheckpointHeader } from '../../../src/domain/ledger/checkpoint.ts'
import { collectEntry } from '../../../src/domain/ledger/entry-builders.ts'
import { parseGrant } from '../../../src/domain/ledger/grant.ts'
import { sampleCheckpoint } from '../../support/checkpoint-samples.ts'
import { ann, bob, cat, expectRejection, genesis } from '../../support/ledger.ts'
import { clock, fund, lookup, moment, opening, openSoleAuthority, ten, write } from './authority-fixture.ts'

/** Stores a final checkpoint of height 1. */
async function addCheckpoint(store: AuthorityStore, changed: Partial<CheckpointHeader>): Promise<void> {
  const { signed } = sampleCheckpoint()
  const { bytes } = createCheckpoint({ ...signed.header, parameters: genesis, ...changed })
  const nothing = Uint8Array.of(1)
  await store.home.transaction((home) =>
    home.addCheckpoint({ height: 1, header: bytes, certificate: nothing, facts: nothing, cut: nothing }),
  )
}

describe('starter grants', () => {
  it('are the same signed fact until they are collected, and then refused', async () => {
    const authority = await openSoleAuthority()
    const first = await authority.starterGrant(ann.account, 0)
    clock.atMs += 5_000
    expect(await authority.starterGrant(ann.account, 0)).toEqual(first)
    expect(parseGrant(first).votes).toHaveLength(1)
    await fund(authority, ann)
    await expectRejection(() => authority.starterGrant(ann.account, 0), 'already-granted')
    const state = { ...(await authority.state(ann)), grants: [] }
    const again = collectEntry(state, first, moment(), lookup(genesis))
    await expectRejection(() => write(authority, ann, again), 'already-granted')
  })

  it('stay within the budget of 24 hours', async () => {
    const authority = await openSoleAuthority({ maxGrantsPerDay: 2 })
    await authority.starterGrant(ann.account, 0)
    await authority.starterGrant(bob.account, 0)
    await expectRejection(() => authority.starterGrant(cat.account, 0), 'grants-exhausted')
    await authority.starterGrant(ann.account, 0)
    clock.atMs += 86_400_001
    await addCheckpoint(authority.store, { timeMs: clock.atMs })
    await authority.starterGrant(cat.account, 1)
  })

  it('are of the amount in force in the checkpoint that they are asked for by', async () => {
    const authority = await openSoleAuthority({ maxGrantsPerDay: 1 })
    const amountAt = async (checkpoint: number) =>
      parseGrant(await authority.starterGrant(ann.account, checkpoint)).grant.amount
    await expectRejection(() => amountAt(1), 'not-found')
    await addCheckpoint(authority.store, { parameters: { ...genesis, starterGrant: ten } })
    expect([await amountAt(0), await amountAt(1), await amountAt(0)]).toEqual([
      genesis.starterGrant,
      ten,
      genesis.starterGrant,
    ])
    clock.atMs += 86_400_001
    await expectRejection(() => amountAt(1), 'not-ready')
  })

  it('are collected by an entry that names a checkpoint with the same amount only', async () => {
    const authority = await openSoleAuthority()
    await authority.submit(opening(authority, ann))
    await addCheckpoint(authority.store, { parameters: { ...genesis, starterGrant: ten } })
    const [old, raised] = [
      await authority.starterGrant(ann.account, 0),
      await authority.starterGrant(ann.account, 1),
    ]
    const draft = collectEntry(await authority.state(ann), old, moment(), lookup(genesis))
    const collect = (grant: Uint8Array, checkpoint: number, credit: MicroTokens) =>
      write(authority, ann, { ...draft, checkpoint, credit, operation: { type: 'collect', grant } })
    await expectRejection(() => collect(old, 1, genesis.starterGrant), 'bad-entry')
    await expectRejection(() => collect(raised, 0, ten), 'bad-entry')
    await collect(raised, 1, ten)
    expect(await authority.state(ann)).toMatchObject({ credit: ten, checkpoint: 1 })
  })
})

import { beforeEach, describe, expect, it } from 'vitest'
import type { Identity } from '../../../../src/domain/identity/identity.ts'
import { signVote, type Certificate } from '../../../../src/domain/ledger/certificate.ts'
import { proveDoubleVote } from '../../../../src/domain/ledger/double-vote.ts'
import { signEntry } from '../../../../src/domain/ledger/entry-codec.ts'
import type { SignedEntry } from '../../../../src/domain/ledger/entry.ts'
import { bob } from '../../../support/ledger.ts'
import { forkOf } from '../../../support/slot-entries.ts'
import type { NetworkHolder } from './network-holder.ts'
import { INTERVAL_MS, openThreeHolders, WINDOW_MS, type ThreeHolders } from './three-holders.ts'

/** After a claim without a quorum: until its place is void, and what it names has lapsed. */
const LONG_ENOUGH_MS = 3 * WINDOW_MS + 12 * INTERVAL_MS

let network: ThreeHolders['network']
let payer: NetworkHolder
let payee: NetworkHolder
let other: NetworkHolder
let during: ThreeHolders['during']
let stated: ThreeHolders['stated']
let report: ThreeHolders['report']

beforeEach(async () => {
  ;({ network, payer, payee, other, during, stated, report } = await openThreeHolders())
})

interface Voted {
  readonly signed: SignedEntry
  readonly votes: Certificate['votes']
}

/** The payee signs a claim and a spend at one place, and has each voted for by half of the authorities until it is void. */
async function wasteAPlace(): Promise<Voted> {
  const payment = await during(500, payer.pay(payee))
  await payee.askVotes(payee.signClaim(payment, payer), [0, 1])
  const signed = payee.signPay(other)
  const { votes } = await payee.askVotes(signed, [2, 3])
  await network.clock.pass(LONG_ENOUGH_MS)
  await during(1_000, payer.reclaim(payment))
  return { signed, votes }
}

function frozenAt(): Promise<readonly (number | null)[]> {
  const { account } = payee.identity
  return Promise.all(
    network.authorities.map(async ({ store }) => {
      const status = await store.shardOf(account).transaction((transaction) => transaction.status(account))
      return status.frozenAtSeq
    }),
  )
}

const nowhere = [null, null, null, null]

describe('two entries between which their place became void', { timeout: 60_000 }, () => {
  it('prove nothing against who voted for both, nor against their account, when it became void again since', async () => {
    const [one, two] = [await wasteAPlace(), await wasteAPlace()]
    expect(stated('void')).toHaveLength(2)
    expect(one.signed.entry.seq).toBe(two.signed.entry.seq)
    for (const { authority, signature } of one.votes) {
      const second = two.votes.find((vote) => vote.authority === authority)
      const evidence =
        second &&
        proveDoubleVote(authority, { signed: one.signed, signature }, { ...two, signature: second.signature })
      if (evidence === undefined) throw new Error('They voted twice')
      await report({ type: 'double-vote', evidence })
    }
    await report(forkOf(one.signed, two.signed))
    expect(stated('remove-authority')).toEqual([])
    expect(stated('freeze')).toEqual([])
    expect(await frozenAt()).toEqual(nowhere)
    expect(network.failures).toEqual([])
  })

  it('prove nothing either where the checkpoint that says so came after the proof', async () => {
    const [, , , late] = network.authorities
    if (late === undefined) throw new Error('There are four')
    network.split([0, 0, 0, 1])
    const { signed } = await wasteAPlace()
    await report(forkOf(signed, payee.signPay(other)), [late])
    const { seq } = signed.entry
    expect(await frozenAt()).toEqual([null, null, null, seq])
    network.split([0, 0, 0, 0])
    await network.clock.pass(6 * INTERVAL_MS)
    expect(await frozenAt()).toEqual(nowhere)
    await during(1_000, payee.pay(other))
    await network.clock.pass(4 * INTERVAL_MS)
    expect(stated('freeze')).toEqual([])
    expect(await late.use(({ authority }) => authority.fraudsOf([payee.identity.account]))).toEqual([])
  })

  it('and so on top of it what was written before and after', async () => {
    const { signed } = await wasteAPlace()
    const { timestampMs, checkpoint, seq } = signed.entry
    const before = signEntry(bob, { ...signed.entry, prev: signed.hash, seq: seq + 1 })
    await during(1_000, payee.pay(other))
    const after = payee.signPay(other)
    await during(1_000, payee.pay(other))
    expect(after.entry.seq).toBe(seq + 1)
    expect(after.entry).not.toMatchObject({ timestampMs, checkpoint })
    await report(forkOf(before, after))
    expect(stated('freeze')).toEqual([])
    expect(await frozenAt()).toEqual(nowhere)
  })

  it('show nothing to an authority that does not know the checkpoint, until it does', async () => {
    const { signed } = await wasteAPlace()
    await during(1_000, payee.pay(other))
    const later = signEntry(bob, { ...signed.entry, checkpoint: 1_000 })
    const vote = (entry: SignedEntry) => ({ signed: entry, signature: signVote(voter, 2, entry).signature })
    const [, , voter] = network.identities as [Identity, Identity, Identity]
    const evidence = proveDoubleVote(2, vote(signed), vote(later))
    if (evidence === undefined) throw new Error('They are votes for two entries')
    await expect(report({ type: 'double-vote', evidence })).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('a fork that a checkpoint has dealt with', { timeout: 60_000 }, () => {
  it('freezes nobody again at an authority that was away meanwhile', async () => {
    const one = payee.signPay(other)
    await network.clock.pass(20)
    const proof = forkOf(one, payee.signPay(payer))
    const [a, b, c, away] = network.authorities
    if (a === undefined || b === undefined || c === undefined || away === undefined) throw new Error('Four')
    away.crash()
    await network.clock.pass(100)
    const certificate = await payee.askVotes(one, [0, 1, 2])
    for (const authority of [0, 1, 2]) await payee.show(one, certificate, authority)
    await report(proof, [a, b, c])
    await network.clock.pass(4 * INTERVAL_MS)
    expect([stated('freeze').length, stated('thaw').length]).toEqual([1, 1])
    await during(8 * INTERVAL_MS, away.start())
    await report(proof, [away])
    expect(await frozenAt()).toEqual(nowhere)
    expect(stated('freeze')).toHaveLength(1)
  })
})

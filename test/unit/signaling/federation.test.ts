import { describe, expect, it } from 'vitest'
import { claimEntry, reclaimEntry, releaseEntry } from '../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../src/domain/ledger/entry-codec.ts'
import { parseTokens, toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { signVoucher } from '../../../src/domain/ledger/voucher.ts'
import { encodeLogReply } from '../../../src/protocols/authority.ts'
import {
  certificateOf,
  memberAt,
  openFederation,
  stateAtMember,
  type Federation,
} from '../../support/federation.ts'
import { ann, bob, cat, expectRejection, firstGrant, rejectionOf } from '../../support/ledger.ts'
import {
  claim,
  closeStore,
  fund,
  lapse,
  lookup,
  moment,
  newPath,
  opening,
  openStore,
  paid,
  payment,
  reserved,
  ten,
  write,
} from './authority-fixture.ts'

const open = () => openFederation(4)

/** Heads that the authorities have of an account. */
async function headsOf({ members }: Federation, identity: typeof ann): Promise<ReadonlySet<string>> {
  return new Set(
    await Promise.all(members.map(async (member) => (await stateAtMember(member, identity)).head)),
  )
}

describe('four authorities', () => {
  it('certify what their clients write and all come to know it', async () => {
    const federation = await open()
    for (const person of [ann, bob]) await fund(federation, person)
    const made = await paid(federation, ann, bob)
    await federation.submit(await claim(federation, bob, ann, [made]))
    expect((await headsOf(federation, bob)).size).toBe(1)
    for (const authority of federation.authorities) {
      expect(await authority.totals()).toMatchObject({ entries: 6, accounts: 2, conserved: true })
    }
  })

  it.each(['down', 'hanging'] as const)('go on while one is %s', async (state) => {
    const federation = await open()
    memberAt(federation, 2).state = state
    const client = federation.certifierOf(ann)
    const opened = opening(federation, ann)
    expect((await client.certify(opened)).votes.map(({ authority }) => authority)).toEqual([0, 1, 3])
    const { certified, voted } = await client.head(ann.peerId, -1)
    expect([certified?.state.head, ...voted.map(({ hash }) => hash)]).toContain(opened.hash)
    expect(await client.payment(opened.hash)).toBeUndefined()
    expect(await client.inbox()).toEqual([])
    await client.requestStarterGrant(firstGrant(federation.genesis))
  })

  it('do not certify without a quorum, and go on when it is back', async () => {
    const federation = await open()
    const [one, two] = [memberAt(federation, 1), memberAt(federation, 2)]
    one.state = 'down'
    two.state = 'down'
    const opened = opening(federation, ann)
    await expectRejection(() => federation.submit(opened), 'authority-unreachable')
    one.state = 'up'
    await federation.submit(opened)
    expect((await federation.state(ann)).seq).toBe(0)
  })

  it('catch up after having been down, and after a restart go on where they were', async () => {
    const paths = [newPath(), newPath(), newPath(), newPath()]
    const federation = await openFederation(4, (index) => openStore(paths[index] ?? ':memory:'))
    const late = memberAt(federation, 3)
    late.state = 'down'
    for (const person of [ann, bob]) await fund(federation, person)
    const made = await paid(federation, ann, bob)
    await federation.submit(await claim(federation, bob, ann, [made]))
    expect((await late.authority.totals()).entries).toBe(0)
    late.state = 'up'
    await late.replication.catchUp()
    expect(await late.authority.totals()).toMatchObject({ entries: 6, conserved: true })
    expect((await headsOf(federation, bob)).size).toBe(1)

    await Promise.all(federation.authorities.map(({ store }) => closeStore(store)))
    const again = await openFederation(4, (index) => openStore(paths[index] ?? ':memory:'))
    let asked = 0
    for (const member of again.members) {
      const { answerAuthority } = member
      member.answerAuthority = (...request) => {
        asked++
        return answerAuthority(...request)
      }
    }
    await memberAt(again, 3).replication.catchUp()
    expect(asked).toBe(3)
    await paid(again, ann, cat)
    expect((await headsOf(again, ann)).size).toBe(1)
  })

  it('read the log of an authority with other shards than their own, whatever rests on what', async () => {
    const shards = (count: number) => Array.from({ length: count }, () => ':memory:')
    const federation = await openFederation(4, (index) => openStore(...shards(index + 1)))
    const late = memberAt(federation, 0)
    late.state = 'down'
    for (const person of [ann, bob, cat]) await fund(federation, person)
    for (let round = 0; round < 3; round++) {
      const made = await paid(federation, ann, bob)
      await federation.submit(await claim(federation, bob, ann, [made]))
      const passedOn = await paid(federation, bob, cat)
      await federation.submit(await claim(federation, cat, bob, [passedOn]))
    }
    for (const member of federation.members.slice(1, 3)) member.state = 'down'
    late.state = 'up'
    await late.replication.catchUp()
    expect(await late.authority.totals()).toMatchObject({ entries: 18, conserved: true })
  })

  it('let one that lacks an entry or a source learn it from the others before it answers', async () => {
    const federation = await open()
    const late = memberAt(federation, 3)
    await fund(federation, bob)
    late.state = 'down'
    await fund(federation, ann)
    const made = await paid(federation, ann, bob)
    late.state = 'up'
    memberAt(federation, 0).state = 'hanging'
    const client = federation.certifierOf(bob)
    const { votes } = await client.certify(await claim(federation, bob, ann, [made]))
    expect(votes.map(({ authority }) => authority)).toEqual([1, 2, 3])
    expect((await stateAtMember(late, ann)).seq).toBe(2)
  })

  it('let one that has missed a claim learn of it before it votes for the release of the rest', async () => {
    const federation = await open()
    for (const person of [ann, bob]) await fund(federation, person)
    const made = await reserved(federation, ann, bob)
    const late = memberAt(federation, 3)
    late.state = 'down'
    const half = toMicroTokens(made.amount / 2n)
    const voucher = signVoucher(ann, made.hash, half)
    const claimed = claimEntry(
      await federation.state(bob),
      [{ payment: made, voucher }],
      moment(),
      lookup(federation.genesis, [made]),
    )
    await write(federation, bob, claimed)
    late.state = 'up'
    memberAt(federation, 0).state = 'hanging'
    const now = await federation.payment(made.hash)
    if (now === undefined) throw new Error('There is no reserve')
    const release = releaseEntry(
      await federation.state(ann),
      now,
      moment(),
      lookup(federation.genesis, [now]),
    )
    await federation.certifierOf(ann).certify(signEntry(ann, release))
    expect((await stateAtMember(late, bob)).balance + (await stateAtMember(late, bob)).credit).toBe(
      parseTokens('1005'),
    )
  })

  it('refuse for good what can never be certified, although one of them hangs', async () => {
    const federation = await open()
    await fund(federation, ann)
    memberAt(federation, 1).state = 'hanging'
    const good = await payment(federation, ann, bob)
    const bad = signEntry(ann, { ...good.entry, credit: ten })
    await expectRejection(() => federation.submit(bad), 'bad-entry')
  })

  it('give a payer back what no payee can claim any more', async () => {
    const federation = await open()
    for (const person of [ann, bob]) await fund(federation, person)
    const made = await paid(federation, ann, bob)
    const early = signEntry(
      ann,
      reclaimEntry(
        await federation.state(ann),
        { ...made, state: 'lapsed' },
        moment(),
        lookup(federation.genesis, [{ ...made, state: 'lapsed' }]),
      ),
    )
    await expectRejection(() => federation.submit(early), 'authority-unreachable')
    for (const { store } of federation.authorities) await lapse(store, made)
    const late = await claim(federation, bob, ann, [made])
    await expectRejection(() => federation.submit(late), 'expired')
    await federation.submit(early)
    expect((await federation.payment(made.hash))?.state).toBe('returned')
  })

  it('decide a claim that races a lapse one way only', async () => {
    const federation = await open()
    for (const person of [ann, bob]) await fund(federation, person)
    const made = await paid(federation, ann, bob)
    const late = await claim(federation, bob, ann, [made])
    const [one, ...others] = federation.authorities
    await one?.vote(late.wire)
    for (const { store } of others) await lapse(store, made)
    await expectRejection(() => federation.submit(late), 'expired')
    expect((await federation.state(bob)).seq).toBe(1)
  })
})

describe('a restored peer', () => {
  it('finds the entry that has votes already, and finishes it instead of signing another one', async () => {
    const federation = await open()
    await fund(federation, ann)
    const lost = await payment(federation, ann, bob)
    await memberAt(federation, 1).authority.vote(lost.wire)
    await memberAt(federation, 3).authority.vote(lost.wire)
    memberAt(federation, 0).state = 'down'
    const client = federation.certifierOf(ann)
    const { certified, voted } = await client.head(ann.peerId, -1)
    expect(certified?.state.seq).toBe(1)
    expect(voted).toEqual([lost])
    await client.certify(lost)
    await client.delivered()
    expect(await client.head(ann.peerId, 1)).toMatchObject({
      certified: { state: { head: lost.hash }, entries: [{ signed: { hash: lost.hash } }] },
      voted: [],
    })
  })

  it('gathers the certificate again that nobody but it had, before what follows', async () => {
    const federation = await open()
    await fund(federation, ann)
    for (const member of federation.members) {
      const { answerPeer } = member
      let isLost = true
      member.answerPeer = async (body, from) => {
        // The first certificate is lost on its way to everybody.
        if (body[1] === 5 && isLost) {
          isLost = false
          throw Object.assign(new Error('lost'), { name: 'TimeoutError' })
        }
        return answerPeer(body, from)
      }
    }
    const client = federation.certifierOf(ann)
    const first = await payment(federation, ann, bob)
    await client.certify(first)
    await client.delivered()
    expect((await federation.state(ann)).seq).toBe(1)
    const next = signEntry(ann, { ...first.entry, seq: 3, prev: first.hash, credit: ten, balance: ten })
    expect(await rejectionOf(() => client.certify(next))).toBe('bad-entry')
    await client.delivered()
    expect((await federation.state(ann)).head).toBe(first.hash)
  })
})

describe('a bad authority', () => {
  it('that puts garbage into its log keeps nobody from reading the others', async () => {
    const federation = await open()
    const bad = memberAt(federation, 1)
    const late = memberAt(federation, 3)
    const opened = opening(federation, bob)
    const forged = { entryWire: opened.wire, certificateWire: certificateOf(federation, opened, 1) }
    bad.answerAuthority = () =>
      Promise.resolve(encodeLogReply({ shards: 1, nextPosition: 9, entries: [forged] }))
    late.state = 'down'
    await fund(federation, ann)
    late.state = 'up'
    await late.replication.catchUp()
    expect(await late.authority.totals()).toMatchObject({ accounts: 1, entries: 2 })
  })

  it('whose log never goes on is not read for ever', async () => {
    const federation = await open()
    const opened = opening(federation, ann)
    const entry = { entryWire: opened.wire, certificateWire: certificateOf(federation, opened, 0, 1, 2) }
    memberAt(federation, 1).answerAuthority = () =>
      Promise.resolve(encodeLogReply({ shards: 1, nextPosition: 1, entries: [entry] }))
    await memberAt(federation, 3).replication.catchUp()
    const stop = memberAt(federation, 2).replication.start()
    stop()
    expect((await memberAt(federation, 3).authority.totals()).entries).toBe(0)
  })
})

it('authorities answer each other only', async () => {
  const federation = await open()
  const { answerAuthority } = memberAt(federation, 0)
  await expectRejection(() => answerAuthority(Uint8Array.of(0x83, 1, 0, 1), ann.peerId), 'unsupported')
})

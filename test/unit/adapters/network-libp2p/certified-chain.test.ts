import { describe, expect, it } from 'vitest'
import {
  encodeHeadReply,
  parseHeadReply,
  type AccountChain,
} from '../../../../src/protocols/ledger-replies.ts'
import { memberAt, openFederation, type Federation } from '../../../support/federation.ts'
import { ann, bob, cat, rejectionOf } from '../../../support/ledger.ts'
import { fund, paid, payment, ten } from '../../signaling/authority-fixture.ts'
import { corrupt } from './corrupt-authority.ts'

const open = (count = 4) => openFederation(count)

describe('asking for a chain', () => {
  const since = -1

  /** Ann's account with so many entries at a federation, one authority of which changes what it says of it. */
  async function tampering(
    change: (chain: AccountChain) => AccountChain,
    { entries = 5, count = 4 } = {},
  ): Promise<Federation> {
    const federation = await open(count)
    await fund(federation, ann)
    for (let index = 2; index < entries; index++) await paid(federation, ann, bob)
    corrupt(federation, 0, async (request, honest) => {
      if (request.type !== 'head') return honest()
      return encodeHeadReply(change(parseHeadReply(await honest())))
    })
    return federation
  }

  it('reads it to its end, from any seq on', async () => {
    const federation = await tampering((chain) => chain, { entries: 60, count: 1 })
    const client = federation.certifierOf(bob)
    const { certified } = await client.head(ann.peerId, since)
    expect(certified?.entries.map(({ signed }) => signed.entry.seq)).toEqual(
      Array.from({ length: 60 }, (_, seq) => seq),
    )
    expect(certified?.state).toMatchObject({ seq: 59, grants: ['starter'], frozen: false })
    expect((await client.head(ann.peerId, 57)).certified?.entries).toHaveLength(2)
    expect(await client.head(ann.peerId, 59)).toEqual({
      certified: { state: certified?.state, entries: [] },
      voted: [],
    })
    expect((await client.head(ann.peerId, 77)).certified?.state).toEqual(certified?.state)
  })

  it('knows nothing of an account that nobody opened', async () => {
    const federation = await open()
    expect(await federation.certifierOf(ann).head(cat.peerId, since)).toEqual({
      certified: undefined,
      voted: [],
    })
  })

  it.each<[string, (chain: AccountChain) => AccountChain]>([
    ['holds entries back', (chain) => ({ ...chain, entries: [] })],
    ['turns them around', ({ entries, ...chain }) => ({ ...chain, entries: [...entries].reverse() })],
    [
      'leaves one out',
      ({ entries, ...chain }) => ({ ...chain, entries: entries.filter((_, at) => at !== 1) }),
    ],
    [
      'states a higher seq than it shows',
      (chain) => ({ ...chain, state: chain.state && { ...chain.state, seq: 2_000 } }),
    ],
    [
      'shows certificates of other entries',
      ({ entries, ...chain }) => ({
        ...chain,
        entries: entries.map(({ signed }) => ({ signed, certificate: entries[1]?.certificate ?? fail() })),
      }),
    ],
    ['says that there is no account', () => ({ state: undefined, entries: [], voted: undefined })],
    [
      'states other amounts, grants and freezes',
      (chain) => ({
        ...chain,
        state: chain.state && { ...chain.state, credit: ten, grants: ['starter', 'more'], frozen: true },
      }),
    ],
  ])('believes the others when one authority %s', async (_, change) => {
    const federation = await tampering(change)
    const { certified } = await federation.certifierOf(bob).head(ann.peerId, since)
    const [, honest] = federation.authorities
    expect(certified?.state).toEqual((await honest?.head(ann.account, 0))?.state)
    expect(certified?.entries).toHaveLength(5)
  })

  it('believes the others when one authority ends a long chain early', async () => {
    const federation = await open()
    await fund(federation, ann)
    for (let index = 0; index < 3; index++) await paid(federation, ann, bob)
    corrupt(federation, 0, async (request, honest) => {
      if (request.type !== 'head') return honest()
      const { state, entries } = parseHeadReply(await honest())
      const seq = request.fromSeq === 1 ? 1_000 : request.fromSeq
      return encodeHeadReply({
        state: state && { ...state, seq },
        entries: entries.slice(0, 1),
        voted: undefined,
      })
    })
    const { certified } = await federation.certifierOf(ann).head(ann.peerId, 1)
    expect(certified?.state.seq).toBe(4)
  })

  it('says of a frozen account that it is, once f+1 authorities do', async () => {
    const federation = await open()
    await fund(federation, ann)
    const rivals = [await payment(federation, ann, bob), await payment(federation, ann, cat)]
    const client = federation.certifierOf(bob)
    memberAt(federation, 3).state = 'down'
    for (const [index, isFrozen] of [false, true, true].entries()) {
      for (const { wire } of rivals) {
        await rejectionOf(() => memberAt(federation, index).authority.vote(wire))
      }
      expect((await client.head(ann.peerId, since)).certified?.state.frozen).toBe(isFrozen)
    }
  })

  it('shows entries that have votes, if their account signed them', async () => {
    const federation = await open()
    await fund(federation, ann)
    const waiting = await payment(federation, ann, bob)
    await memberAt(federation, 3).authority.vote(waiting.wire)
    const forged = { ...waiting, wire: waiting.wire.with(waiting.wire.length - 1, 7) }
    corrupt(federation, 0, async (_request, honest) =>
      encodeHeadReply({ ...parseHeadReply(await honest()), voted: forged }),
    )
    memberAt(federation, 1).state = 'down'
    expect((await federation.certifierOf(ann).head(ann.peerId, since)).voted).toEqual([waiting])
  })
})

function fail(): never {
  throw new Error('There is none')
}

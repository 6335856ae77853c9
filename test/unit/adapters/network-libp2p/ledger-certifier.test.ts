import { describe, expect, it } from 'vitest'
import type { Identity } from '../../../../src/domain/identity/identity.ts'
import { LoremeshError, type ErrorCode } from '../../../../src/domain/kernel/errors.ts'
import { encodeCertificate, verifyCertificate } from '../../../../src/domain/ledger/certificate.ts'
import { encodeSignedGrant, parseGrant, grantSignatures } from '../../../../src/domain/ledger/grant.ts'
import {
  encodeGrantReply,
  encodeInboxReply,
  encodePaymentReply,
  encodeVoteReply,
  parseGrantReply,
  parseInboxReply,
  parsePaymentReply,
  parseVoteReply,
} from '../../../../src/protocols/ledger-replies.ts'
import { certificateOf, memberAt, openFederation, type Federation } from '../../../support/federation.ts'
import { ann, bob, cat, expectRejection, firstGrant } from '../../../support/ledger.ts'
import { claim, fund, opening, paid, payment, ten, verifier } from '../../signaling/authority-fixture.ts'
import { corrupt } from './corrupt-authority.ts'

const open = (count = 4) => openFederation(count)
const askForGrant = ({ certifierOf, genesis }: Federation, identity: Identity) =>
  certifierOf(identity).requestStarterGrant(firstGrant(genesis))

/** Lets authorities refuse every request of a type. */
function refuse(federation: Federation, codes: readonly (ErrorCode | undefined)[]): void {
  for (const [index, code] of codes.entries()) {
    if (code === undefined) continue
    corrupt(federation, index, () => Promise.reject(new LoremeshError(code, 'No')))
  }
}

describe('asking for a certificate', () => {
  it('gathers votes of a quorum, and tells everybody what became certified', async () => {
    const federation = await open()
    const opened = opening(federation, ann)
    const client = federation.certifierOf(ann)
    const certificate = await client.certify(opened)
    await verifyCertificate(certificate, opened, federation.genesis, verifier, [])
    await client.delivered()
    for (const authority of federation.authorities) {
      expect((await authority.head(ann.account, 0)).state?.head).toBe(opened.hash)
    }
    expect(encodeCertificate(await client.certify(opened)).length).toBeGreaterThan(0)
  })

  it('asks a single authority once: its vote is the certificate', async () => {
    const federation = await open(1)
    const types: string[] = []
    corrupt(federation, 0, (request, honest) => {
      types.push(request.type)
      return honest()
    })
    const client = federation.certifierOf(ann)
    await client.certify(opening(federation, ann))
    await client.delivered()
    expect(types).toEqual(['vote'])
    expect((await federation.state(ann)).seq).toBe(0)
  })

  it('does without the votes that one authority forges, withholds, or gives for another entry', async () => {
    const federation = await open()
    let turn = 0
    corrupt(federation, 1, async (request, honest) => {
      if (request.type !== 'vote') return honest()
      const vote = parseVoteReply(await honest())
      const lies = [
        encodeVoteReply({ ...vote, signature: new Uint8Array(64) }),
        encodeVoteReply({ ...vote, authority: 2 }),
        Uint8Array.of(0),
      ]
      return lies[turn++ % lies.length] ?? Uint8Array.of(0)
    })
    for (const person of [ann, bob, cat]) await fund(federation, person)
    expect((await federation.state(cat)).credit).toBeGreaterThan(ten)
    expect(turn).toBe(6)
  })

  it.each<[string, ErrorCode, readonly (ErrorCode | undefined)[]]>([
    ['f+1 refuse for good', 'bad-entry', ['bad-entry', 'bad-entry', undefined, undefined]],
    ['f+1 refuse for good, for different reasons', 'expired', ['expired', 'bad-entry', undefined, undefined]],
    ['too many are silent', 'authority-unreachable', ['not-connected', 'internal', undefined, undefined]],
    [
      'too many can not tell yet',
      'authority-unreachable',
      ['not-ready', 'unknown-parent', undefined, undefined],
    ],
    ['only f refuse for good', 'authority-unreachable', ['bad-entry', 'timeout', undefined, undefined]],
    ['all are late', 'timeout', ['timeout', 'timeout', 'timeout', 'timeout']],
    ['it was stopped', 'aborted', ['aborted', 'timeout', 'aborted', 'aborted']],
  ])('fails rightly when %s', async (_, code, codes) => {
    const federation = await open()
    const opened = opening(federation, ann)
    refuse(federation, codes)
    await expectRejection(() => federation.certifierOf(ann).certify(opened), code)
  })

  it.each<ErrorCode>(['bad-entry', 'conflicting-entry', 'unsupported'])(
    'is not stopped by one authority that refuses with %s',
    async (code) => {
      const federation = await open()
      refuse(federation, [undefined, code])
      await federation.certifierOf(ann).certify(opening(federation, ann))
    },
  )

  it('of a single authority passes on what it refuses for good, and nothing else', async () => {
    for (const [code, expected] of [
      ['bad-entry', 'bad-entry'],
      ['not-ready', 'authority-unreachable'],
    ] as const) {
      const federation = await open(1)
      refuse(federation, [code])
      await expectRejection(() => federation.certifierOf(ann).certify(opening(federation, ann)), expected)
    }
  })
})

describe('a removed authority', () => {
  const removals = [{ authority: 1, height: 0 }]

  it('is not asked for its vote or its signature, and nobody waits for it', async () => {
    const federation = await open()
    const asked: string[] = []
    corrupt(federation, 1, (request, honest) => {
      asked.push(request.type)
      return honest()
    })
    const client = federation.certifierOf(ann)
    client.exclude(removals)
    const { votes } = await client.certify(opening(federation, ann))
    await client.delivered()
    expect(votes.map(({ authority }) => authority)).toEqual([0, 2, 3])
    const grant = await client.requestStarterGrant(firstGrant(federation.genesis))
    expect(parseGrant(grant).votes.map(({ authority }) => authority)).toEqual([0, 2, 3])
    expect(asked).toEqual(['certify'])
  })

  it('makes up no quorum with two others', async () => {
    const federation = await open()
    refuse(federation, [undefined, undefined, undefined, 'not-connected'])
    const client = federation.certifierOf(ann)
    client.exclude(removals)
    await expectRejection(() => client.certify(opening(federation, ann)), 'authority-unreachable')
    await expectRejection(
      () => client.requestStarterGrant(firstGrant(federation.genesis)),
      'authority-unreachable',
    )
  })

  it('does not count in what others are said to have certified', async () => {
    const federation = await open()
    refuse(federation, [undefined, undefined, undefined, 'not-connected'])
    await fund(federation, ann)
    await fund(federation, bob)
    await paid(federation, ann, bob)
    const client = federation.certifierOf(bob)
    expect(await client.inbox()).toHaveLength(1)
    client.exclude(removals)
    expect(await client.inbox()).toHaveLength(0)
    await expectRejection(() => client.head(ann.peerId, -1), 'authority-unreachable')
  })
})

describe('showing a certificate', () => {
  it('makes its entry certified although the authorities would not vote for it any more', async () => {
    const federation = await open()
    await fund(federation, ann)
    const shown = await payment(federation, ann, bob)
    const rival = await payment(federation, ann, cat)
    await memberAt(federation, 3).authority.vote(rival.wire)
    memberAt(federation, 2).state = 'down'
    const client = federation.certifierOf(bob)
    await expectRejection(() => client.certify(shown), 'authority-unreachable')
    await client.tell(shown, certificateOf(federation, shown, 0, 1, 2))
    expect((await federation.state(ann)).head).toBe(shown.hash)
  })

  it('says that it is refused only when f+1 authorities do', async () => {
    const federation = await open()
    const opened = opening(federation, ann)
    const client = federation.certifierOf(ann)
    const forged = certificateOf(federation, opening(federation, bob), 0, 1, 2)
    await expectRejection(() => client.tell(opened, forged), 'bad-certificate')
    refuse(federation, ['bad-certificate'])
    await client.tell(opened, certificateOf(federation, opened, 0, 1, 2))
  })
})

describe('the starter grant', () => {
  it('is made of the signatures of a quorum, whatever one authority says', async () => {
    const federation = await open()
    corrupt(federation, 2, async (_request, honest) => {
      const { bytes, votes } = parseGrant(parseGrantReply(await honest()))
      const [vote] = votes
      if (vote === undefined) throw new Error('There is no vote')
      return encodeGrantReply(encodeSignedGrant(bytes, [{ ...vote, signature: new Uint8Array(64) }]))
    })
    const grant = parseGrant(await askForGrant(federation, ann))
    expect(grant.votes.map(({ authority }) => authority)).toEqual([0, 1, 3])
    expect(await verifier.verify(grantSignatures(grant, federation.genesis))).toBe(true)
  })

  it('is for nobody else', async () => {
    const federation = await open()
    for (const index of [0, 1]) {
      const others = await memberAt(federation, index).authority.starterGrant(bob.account, 0)
      corrupt(federation, index, () => encodeGrantReply(others))
    }
    await expectRejection(() => askForGrant(federation, ann), 'authority-unreachable')
  })

  it('is refused when f+1 authorities say that it was collected, or that there are no more', async () => {
    const federation = await open()
    await fund(federation, ann)
    await expectRejection(() => askForGrant(federation, ann), 'already-granted')
    refuse(federation, ['grants-exhausted', 'grants-exhausted'])
    await expectRejection(() => askForGrant(federation, bob), 'grants-exhausted')
  })
})

describe('asking for a payment', () => {
  it('does not take another payment for the one asked for', async () => {
    const federation = await open(1)
    await fund(federation, ann)
    const first = await paid(federation, ann, bob)
    const second = await paid(federation, ann, bob)
    expect(await federation.payment(first.hash)).toEqual(first)
    corrupt(federation, 0, () => encodePaymentReply(second))
    await expectRejection(() => federation.payment(first.hash), 'authority-unreachable')
  })

  it('believes what f+1 authorities say, not what one makes of it', async () => {
    const federation = await open()
    for (const person of [ann, bob]) await fund(federation, person)
    const made = await paid(federation, ann, bob)
    corrupt(federation, 0, async (request, honest) => {
      if (request.type !== 'payment') return honest()
      const known = parsePaymentReply(await honest())
      return encodePaymentReply(known && { ...known, state: 'returned' })
    })
    expect(await federation.payment(made.hash)).toEqual(made)
    memberAt(federation, 3).state = 'down'
    await federation.submit(await claim(federation, bob, ann, [made]))
    expect(await federation.payment(made.hash)).toMatchObject({ state: 'claimed', claimed: ten })
  })
})

describe('asking for the inbox', () => {
  it('puts together what the authorities know, without what is not certified or not for the asker', async () => {
    const federation = await open()
    for (const person of [ann, bob]) await fund(federation, person)
    const mine = await paid(federation, ann, bob)
    const others = await paid(federation, ann, cat)
    const [certified] = (await memberAt(federation, 0).authority.inbox(cat.account)).filter(
      ({ signed }) => signed.hash === others.hash,
    )
    if (certified === undefined) throw new Error('There is no payment')
    corrupt(federation, 0, () => encodeInboxReply([certified]))
    corrupt(federation, 1, async (_request, honest) => {
      const [first] = parseInboxReply(await honest())
      if (first === undefined) throw new Error('There is no payment')
      const { votes } = first.certificate
      return encodeInboxReply([{ ...first, certificate: { ...first.certificate, votes: votes.slice(1) } }])
    })
    memberAt(federation, 3).state = 'down'
    const inbox = await federation.certifierOf(bob).inbox()
    expect(inbox.map(({ signed }) => signed.hash)).toEqual([mine.hash])
  })
})

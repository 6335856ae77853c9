import { beforeEach, describe, expect, it } from 'vitest'
import { createLedgerService } from '../../../../signaling/ledger-service.ts'
import {
  createLedgerCertifier,
  type AskAuthority,
} from '../../../../src/adapters/network-libp2p/ledger-certifier.ts'
import { LoremeshError, type ErrorCode } from '../../../../src/domain/kernel/errors.ts'
import { openEntry } from '../../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../../src/domain/ledger/entry-codec.ts'
import {
  encodeHeadReply,
  encodePaymentReply,
  encodeVoteReply,
  parseHeadReply,
  type AccountChain,
} from '../../../../src/protocols/ledger.ts'
import { ann, authority as key, bob, genesis, START_MS } from '../../../support/ledger.ts'
import { fund, openAuthority, paid } from '../../signaling/authority-fixture.ts'

const opened = signEntry(ann, openEntry(ann.account, genesis, START_MS))
let authority: ReturnType<typeof openAuthority>
let asked: number

beforeEach(() => {
  authority = openAuthority()
  asked = 0
})

const askAuthority: AskAuthority = (_authority, body) =>
  Promise.resolve(createLedgerService(authority)(body, ann.peerId))

function certifier(ask: AskAuthority = askAuthority) {
  const counting: AskAuthority = (...question) => {
    asked++
    return ask(...question)
  }
  return createLedgerCertifier({ ask: counting, genesis }, { authorities: [key.peerId] })
}

/** A certifier whose authority answers every question with this. */
const answering = (body: Uint8Array) => certifier(() => Promise.resolve(body))
const refusing = (code: ErrorCode) => certifier(() => Promise.reject(new LoremeshError(code, 'No')))
const unreachable = { code: 'authority-unreachable' }

describe('asking for a certificate', () => {
  it.each<ErrorCode>([
    'bad-encoding',
    'bad-entry',
    'bad-signature',
    'conflicting-entry',
    'message-too-large',
    'not-ready',
    'unsupported',
  ])('passes on a refusal with %s, which is final', async (code) => {
    await expect(refusing(code).certify(opened)).rejects.toMatchObject({ code })
    await expect(refusing(code).requestStarterGrant()).rejects.toMatchObject({ code })
  })

  it.each<ErrorCode>(['internal', 'not-connected', 'rate-limited', 'truncated'])(
    'calls authorities that end in %s unreachable, for they may still answer',
    async (code) => {
      await expect(refusing(code).certify(opened)).rejects.toMatchObject(unreachable)
      await expect(refusing(code).requestStarterGrant()).rejects.toMatchObject(unreachable)
    },
  )

  it.each<ErrorCode>(['aborted', 'timeout'])('says %s when it ended so', async (code) => {
    await expect(refusing(code).certify(opened)).rejects.toMatchObject({ code })
  })

  it('takes an answer that is none, or a vote of somebody else, for no answer', async () => {
    const forged = encodeVoteReply({ authority: 0, signature: new Uint8Array(64) })
    for (const body of [Uint8Array.of(0), forged]) {
      await expect(answering(body).certify(opened)).rejects.toMatchObject(unreachable)
    }
  })
})

describe('asking for a chain', () => {
  const since = -1

  /** Ann's account with a chain of 27 entries, and a certifier whose authority's answers are changed. */
  function tampering(change: (chain: AccountChain) => AccountChain) {
    fund(authority, ann)
    for (let n = 0; n < 25; n++) paid(authority, ann, bob)
    return certifier(async (...question) => {
      const chain = parseHeadReply(await askAuthority(...question))
      return encodeHeadReply(chain && change(chain))
    })
  }

  it('reads it to its end', async () => {
    const head = await tampering((chain) => chain).head(ann.peerId, since)
    expect(head?.entries.map(({ entry }) => entry.seq)).toEqual(Array.from({ length: 27 }, (_, seq) => seq))
    expect(head?.state.head).toBe(head?.entries.at(-1)?.hash)
    expect(asked).toBe(2)
    expect(await certifier().head(ann.peerId, 26)).toEqual({ state: head?.state, entries: [] })
  })

  it.each<[string, (chain: AccountChain) => AccountChain]>([
    ['is held back', ({ state }) => ({ state, entries: [] })],
    ['does not ascend', ({ state, entries }) => ({ state, entries: [...entries].reverse() })],
    ['has a gap', ({ state, entries }) => ({ state, entries: entries.filter((_, at) => at !== 1) })],
    ['goes beyond its state', ({ state, entries }) => ({ state: { ...state, seq: 3 }, entries })],
    [
      'is about another account',
      ({ state, entries }) => ({ state: { ...state, account: bob.account }, entries }),
    ],
    [
      'has a certificate of another entry',
      ({ state, entries }) => ({
        state,
        entries: entries.map(({ signed }) => ({
          signed,
          certificate: entries[1]?.certificate ?? failWithout('certificate'),
        })),
      }),
    ],
  ])('takes one that %s for no answer', async (_, change) => {
    await expect(tampering(change).head(ann.peerId, since)).rejects.toMatchObject(unreachable)
  })

  it('does not take the chain of another account for the one asked for', async () => {
    fund(authority, ann)
    fund(authority, bob)
    const of = (account: typeof ann) => encodeHeadReply(authority.head(account.account, 0))
    await expect(answering(of(bob)).head(ann.peerId, since)).rejects.toMatchObject(unreachable)
    expect((await answering(of(ann)).head(ann.peerId, since))?.state.seq).toBe(1)
  })

  it('gives up when the end moves away with every answer', async () => {
    const endless = tampering(({ state, entries }) => ({
      state: { ...state, seq: Number.MAX_SAFE_INTEGER },
      entries: entries.slice(0, 1),
    }))
    await expect(endless.head(ann.peerId, since)).rejects.toMatchObject(unreachable)
    expect(asked).toBe(28)
  })
})

it('does not take another payment for the one asked for', async () => {
  fund(authority, ann)
  const first = paid(authority, ann, bob)
  const second = paid(authority, ann, bob)
  expect(await certifier().payment(first.hash)).toEqual(first)
  await expect(answering(encodePaymentReply(second)).payment(first.hash)).rejects.toMatchObject(unreachable)
})

function failWithout(what: string): never {
  throw new Error(`There is no ${what}`)
}

import { describe, expect, it } from 'vitest'
import {
  createCheckpointReader,
  type NewestAnswer,
} from '../../../../src/adapters/network-libp2p/checkpoint-reader.ts'
import { encodeCheckpointCertificate } from '../../../../src/domain/ledger/checkpoint-certificate.ts'
import type { AccountLeaf } from '../../../../src/domain/ledger/account-leaf.ts'
import { toMicroTokens, ZERO_TOKENS } from '../../../../src/domain/kernel/micro-tokens.ts'
import type { EntryHash } from '../../../../src/domain/ledger/entry.ts'
import { headersBetween } from '../../../../src/domain/ledger/skip-links.ts'
import type { CheckpointAnswer } from '../../../../src/protocols/ledger-replies.ts'
import { ann, expectRejection, genesis as base, testIdentity } from '../../../support/ledger.ts'
import { makeLongCheckpoints } from '../../../support/long-checkpoints.ts'
import { referenceVerifier } from '../../../support/reference-verifier.ts'

const authorities = [201, 202, 203, 204].map(testIdentity)
const genesis = { ...base, authorities: authorities.map(({ account }) => account) }
const amount = toMicroTokens(1_000)
const held = { balance: amount, credit: amount, locked: ZERO_TOKENS, stake: ZERO_TOKENS }
const leaf: AccountLeaf = {
  account: ann.account,
  head: 'ab'.repeat(32) as EntryHash,
  seq: 3,
  ...held,
  reputationMilli: 500,
  earned7d: amount,
}
const COUNT = 300
const checkpoints = makeLongCheckpoints({ genesis, authorities }, { count: COUNT, leaves: [leaf] })
const reader = createCheckpointReader(
  { genesis, verifier: referenceVerifier, removals: () => [] },
  { quorum: 3, honest: 2 },
)

/** What is answered about the checkpoint of a height. */
function answerAbout(height: number, from?: number): CheckpointAnswer {
  const { bytes, certificate } = checkpoints.at(height)
  const older = from === undefined ? [] : headersBetween(from, height).slice(1)
  return {
    header: bytes,
    certificate: encodeCheckpointCertificate(certificate),
    olderHeaders: older.map((at) => checkpoints.at(at).bytes),
  }
}

/** An authority whose newest checkpoint has this height; `asked` counts how often it is asked for links. */
function authority(height: number, asked: number[] = []): NewestAnswer {
  return {
    newest: answerAbout(height),
    linkedTo(from) {
      asked.push(from)
      return Promise.resolve(answerAbout(height, from))
    },
  }
}

const soon = (answers: readonly NewestAnswer[]) => answers.map((answer) => Promise.resolve(answer))
const placeOf = (height: number) => ({ height, hash: checkpoints.at(height).hash })

describe('reading the newest checkpoint', () => {
  it('asks for the headers that link it to a known one only once', async () => {
    const asked: number[] = []
    const answers = [authority(299, asked), authority(COUNT, asked), authority(COUNT, asked)]
    const chain = await reader.newest(placeOf(7), soon(answers))
    expect(chain?.newest.header.height).toBe(COUNT)
    expect(chain?.between.map(({ header }) => header.height)).toEqual(headersBetween(7, COUNT).slice(1))
    expect(asked).toEqual([7])
  })

  it('asks for none when nothing is known, or what is known is as new', async () => {
    const asked: number[] = []
    const answers = [authority(COUNT, asked), authority(COUNT, asked), authority(299, asked)]
    expect((await reader.newest(undefined, soon(answers)))?.between).toEqual([])
    expect((await reader.newest(placeOf(COUNT), soon(answers)))?.newest.hash).toBe(placeOf(COUNT).hash)
    expect(asked).toEqual([])
  })

  it('passes over an authority whose headers do not link it, or that takes back what it said', async () => {
    const liars: readonly NewestAnswer[] = [
      { ...authority(COUNT), linkedTo: () => Promise.resolve(undefined) },
      { ...authority(COUNT), linkedTo: () => Promise.resolve(answerAbout(COUNT)) },
      { ...authority(COUNT), linkedTo: () => Promise.resolve(answerAbout(250, 7)) },
      { ...authority(COUNT), linkedTo: () => Promise.resolve(answerAbout(COUNT, 8)) },
      { ...authority(COUNT), linkedTo: () => Promise.reject(new Error('Gone')) },
    ]
    for (const liar of liars) {
      const answers = [liar, authority(298), authority(299), authority(297)]
      expect((await reader.newest(placeOf(7), soon(answers)))?.newest.header.height).toBe(299)
      await expectRejection(
        () => reader.newest(placeOf(7), soon([liar, liar, authority(299)])),
        'authority-unreachable',
      )
    }
  })

  it('takes a checkpoint of the height that is asked for, and no other', async () => {
    const right = [answerAbout(12), answerAbout(12), answerAbout(13)].map((answer) => Promise.resolve(answer))
    await expectRejection(() => reader.at(12, right), 'authority-unreachable')
    const more = [...right, Promise.resolve(answerAbout(12))]
    expect((await reader.at(12, more))?.hash).toBe(placeOf(12).hash)
    const none = [undefined, undefined, undefined].map((answer) => Promise.resolve(answer))
    expect(await reader.at(12, none)).toBeUndefined()
  })
})

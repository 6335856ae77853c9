import { describe, expect, it } from 'vitest'
import { verdictOnError, type LedgerNews } from '../../../../src/domain/gossip/ledger-watch.ts'
import { LoremeshError } from '../../../../src/domain/kernel/errors.ts'
import type { SignedCheckpoint } from '../../../../src/domain/ledger/checkpoint.ts'
import { sampleCheckpoint } from '../../../support/checkpoint-samples.ts'
import { ann, bob, START_MS } from '../../../support/ledger.ts'
import { certificateOf, digestOf, entryAt, operations } from '../../../support/slot-entries.ts'
import { certificate, claim, entry, openWatch, pay, signedAt, unsigned } from './watch-fixture.ts'

describe('an entry', () => {
  it('is spread once, before its certificate or after', async () => {
    const { judge } = openWatch()
    expect(await judge(entry(pay(1)))).toBe('accept')
    expect(await judge(entry(pay(1)))).toBe('ignore')
    expect(await judge(certificate(pay(2, 6)))).toBe('accept')
    expect(await judge(entry(pay(2, 6)))).toBe('accept')
  })

  it('that was offered here is passed on when it comes before it was told', async () => {
    const { judge, note } = openWatch()
    note(pay(1))
    expect(await judge(entry(pay(1)))).toBe('accept')
    expect(await judge(entry(pay(1)))).toBe('ignore')
  })

  it('costs its sender score when it is wrongly signed or of another network, and is not remembered', async () => {
    const { judge } = openWatch()
    expect(await judge(entry(unsigned(pay(1))))).toBe('reject')
    const elsewhere = entryAt(ann, 5, operations.pay(1), { network: digestOf(9).slice(0, 8) })
    expect(await judge(entry(elsewhere))).toBe('reject')
    expect(await judge(entry(pay(1)))).toBe('accept')
  })

  it('from the future is dropped quietly, and counts all the same', async () => {
    const { judge, told } = openWatch()
    const future = entryAt(ann, 5, operations.pay(1), { timestampMs: START_MS + 120_001 })
    expect(await judge(entry(future))).toBe('ignore')
    expect(await judge(entry(pay(2)))).toBe('ignore')
    expect(told.frauds).toHaveLength(1)
  })

  it('without its parent is spread, and one that never can be certified is not', async () => {
    const { judge } = openWatch()
    expect(await judge(entry(pay(1, 7)))).toBe('accept')
    expect(await judge(certificate(claim(1, 6)))).toBe('accept')
    expect(await judge(entry(claim(2, 6)))).toBe('ignore')
    expect(await judge(entry(claim(2, 7)))).toBe('ignore')
  })
})

describe('a certificate', () => {
  it('is judged by itself, whether its entry is known or not, and spread once', async () => {
    const { judge, told, isAdmitted } = openWatch()
    expect(await judge(certificate(pay(1)))).toBe('accept')
    expect(await judge(certificate(pay(1)))).toBe('ignore')
    expect(isAdmitted(ann.account)).toBe(true)
    expect(told.certified).toEqual([])
    await judge(entry(pay(1)))
    expect(told.certified).toMatchObject([{ signed: pay(1) }])
  })

  it('costs its sender score when it is forged', async () => {
    const forged: LedgerNews = { type: 'certificate', certificate: certificateOf(pay(1), [[0, bob]]) }
    expect(await openWatch().judge(forged)).toBe('reject')
    const empty: LedgerNews = { type: 'certificate', certificate: certificateOf(pay(1), []) }
    expect(await openWatch().judge(empty)).toBe('reject')
  })
})

describe('a checkpoint', () => {
  const { signed: first } = sampleCheckpoint()
  const second = signedAt({ ...first.header, height: 2, prev: first.hash })
  const news = (checkpoint: SignedCheckpoint): LedgerNews => ({ type: 'checkpoint', checkpoint })

  it('is spread when it is newer than all before', async () => {
    const { judge, told } = openWatch()
    expect(await judge(news(second))).toBe('accept')
    expect(await judge(news(second))).toBe('ignore')
    expect(await judge(news(first))).toBe('ignore')
    expect(told.heights).toEqual([2])
  })

  it('that earlier runs knew is not told again', async () => {
    const { judge, recall } = openWatch()
    recall([], first.header)
    expect(await judge(news(first))).toBe('ignore')
  })

  it('from the future is dropped quietly, and a forged one costs its sender score', async () => {
    const { judge, told } = openWatch()
    const future = signedAt({ ...first.header, timeMs: START_MS + 120_001 })
    expect(await judge(news(future))).toBe('ignore')
    const votes = [{ authority: 0, signature: new Uint8Array(64) }]
    expect(await judge(news({ ...first, certificate: { ...first.certificate, votes } }))).toBe('reject')
    expect(told.heights).toEqual([])
  })
})

describe('a message that can not be judged', () => {
  it('is blamed on whoever forwards what is malformed or forged', () => {
    for (const code of ['bad-encoding', 'bad-signature', 'bad-certificate', 'message-too-large'] as const) {
      expect(verdictOnError(new LoremeshError(code, 'Wrong'))).toBe('reject')
    }
  })

  it('is blamed on nobody when it is of a later version or shows a fault of this program', () => {
    expect(verdictOnError(new LoremeshError('unsupported', 'Later'))).toBe('ignore')
    expect(verdictOnError(new LoremeshError('internal', 'A fault'))).toBe('ignore')
    expect(verdictOnError(new TypeError('A fault'))).toBe('ignore')
  })
})

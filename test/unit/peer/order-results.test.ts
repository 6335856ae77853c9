import { describe, expect, it } from 'vitest'
import { hashText } from '../../../src/domain/content/context-hash.ts'
import { toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { orderResults } from '../../../src/peer/order-results.ts'
import type { AskResult } from '../../../src/peer/peer.ts'
import { samplePeerId } from '../../support/sample-peer-ids.ts'

const dance = 'Honey bees tell each other where food is with a waggle dance, in the dark of the hive.'
const [anna, ben] = [samplePeerId(1), samplePeerId(2)]

function resultOf(text: string, score: number, about: Partial<AskResult> = {}): AskResult {
  return {
    contextHash: hashText(text),
    title: 'Bees',
    headingPath: [],
    documentHash: hashText('document'),
    documentTitle: 'Bees',
    documentBytes: 100,
    text,
    sizeBytes: text.length,
    score,
    provider: 'self',
    origin: 'own',
    author: samplePeerId(0),
    paid: toMicroTokens(0),
    transport: 'local',
    ...about,
  }
}

const bought = (text: string, score: number, provider = anna): AskResult =>
  resultOf(text, score, { provider, author: provider, origin: 'cached', paid: toMicroTokens(5) })

describe('results', () => {
  it('are in the order of their scores, doubted ones after all others', () => {
    const ordered = orderResults([
      resultOf('one of these', 0.2),
      resultOf('two of those', 0.9, { doubt: 'outdated' }),
      resultOf('three of them', 0.5),
    ])
    expect(ordered.map(({ score }) => score)).toEqual([0.5, 0.2, 0.9])
  })

  it('that say nearly the same are one, which costs what all of them do', () => {
    const [only, ...others] = orderResults([bought(dance, 0.9), bought(`${dance} Always.`, 0.8, ben)])
    expect(others).toEqual([])
    expect(only).toMatchObject({ text: dance, score: 0.9, paid: 10n, provider: anna, alsoFrom: [ben] })
  })

  it('stand for others that say the same when they were held before', () => {
    const own = resultOf(`${dance} Always.`, 0.5)
    expect(orderResults([bought(dance, 0.9), own])).toMatchObject([
      { text: own.text, score: 0.9, paid: 5n, provider: 'self', alsoFrom: [anna] },
    ])
  })

  it('are not lost to a part of them, wherever it is ranked', () => {
    const part = bought('a waggle dance', 0.9, ben)
    const whole = bought(dance, 0.8)
    expect(orderResults([part, whole]).map(({ text }) => text)).toEqual([part.text, dance])
    expect(orderResults([part, { ...whole, score: 1 }])).toMatchObject([{ text: dance, alsoFrom: [ben] }])
  })

  it('are not lost to a part of them that was held before', () => {
    expect(orderResults([bought(dance, 0.9), resultOf('a waggle dance', 0.5)])).toMatchObject([
      { text: dance, provider: anna },
    ])
  })

  it('that are doubted stand for no others, though they were held before', () => {
    const wrong = resultOf(dance, 0.9, { doubt: 'wrong' })
    const right = bought(`${dance} Always.`, 0.5)
    expect(orderResults([wrong, right])).toMatchObject([{ text: right.text, provider: anna }])
    expect(orderResults([wrong, right])[0]?.doubt).toBeUndefined()
  })

  it('name other own documents that say the same', () => {
    const copy = resultOf(`${dance} Always.`, 0.5, { documentTitle: 'Insects' })
    expect(orderResults([resultOf(dance, 0.9), copy])[0]?.alsoIn).toEqual(['Insects'])
  })

  it('of earlier purchases are from their authors', () => {
    const [kept] = orderResults([
      resultOf(dance, 0.9, { origin: 'cached', author: anna }),
      bought(`${dance} Always.`, 0.8),
    ])
    expect(kept?.alsoFrom).toBeUndefined()
  })
})

import { describe, expect, it } from 'vitest'
import type { ContextHash } from '../../../../src/domain/content/context-hash.ts'
import {
  createWordIndex,
  WORD_WEIGHTS,
  type IndexedText,
} from '../../../../src/domain/retrieval/word-index.ts'

const text = (name: string, content: string, more: Partial<IndexedText> = {}): IndexedText => ({
  contextHash: name as ContextHash,
  title: '',
  headingPath: [],
  tags: [],
  text: content,
  ...more,
})

function names(scores: ReadonlyMap<ContextHash, number>): string[] {
  return [...scores].sort((a, b) => b[1] - a[1]).map(([name]) => name)
}

describe('createWordIndex', () => {
  it('finds inflections and parts of names', () => {
    const index = createWordIndex()
    index.add(text('a', 'Peers announce what they share'))
    index.add(text('b', 'const announceIntervalMs = 30_000'))
    index.add(text('c', 'Nothing of that'))
    expect(names(index.search('announcing')).sort()).toEqual(['a', 'b'])
    expect(names(index.search('interval'))).toEqual(['b'])
  })

  it('searches title, headings and tags, which weigh less than the text', () => {
    const index = createWordIndex()
    index.add(text('title', 'nothing here', { title: 'relay' }))
    index.add(text('heading', 'nothing here', { headingPath: ['Network', 'Relay'] }))
    index.add(text('tag', 'nothing here', { tags: ['relay'] }))
    index.add(text('text', 'relay here'))
    const ranked = names(index.search('relays'))
    expect(ranked[0]).toBe('text')
    expect(ranked.toSorted()).toEqual(['heading', 'tag', 'text', 'title'])
  })

  it('ranks rare words above frequent ones', () => {
    const index = createWordIndex()
    for (let i = 0; i < 9; i++) index.add(text(`common${i}`, 'peer context token'))
    index.add(text('rare', 'peer voucher token'))
    expect(names(index.search('context voucher'))[0]).toBe('rare')
  })

  it("ranks texts with more of the question's words higher, by less than their number", () => {
    const index = createWordIndex()
    index.add(text('both', 'relay tracker'))
    index.add(text('one', 'relay relay'))
    const weights = { ...WORD_WEIGHTS, coordination: 0 }
    const plain = index.search('relay tracker', undefined, weights)
    const scores = index.search('relay tracker')
    expect(names(scores)[0]).toBe('both')
    const [both, one] = ['both', 'one'].map(
      (name) => (scores.get(name as ContextHash) ?? 0) / (plain.get(name as ContextHash) ?? 0),
    )
    expect(both).toBeCloseTo(Math.SQRT2)
    expect(one).toBeCloseTo(1)
  })

  it('forgets what is removed and replaces what is added again', () => {
    const index = createWordIndex()
    index.add(text('a', 'relay'))
    index.add(text('a', 'tracker'))
    expect(names(index.search('relay'))).toEqual([])
    expect(names(index.search('tracker'))).toEqual(['a'])
    index.remove('a' as ContextHash)
    index.remove('a' as ContextHash)
    expect(names(index.search('tracker'))).toEqual([])
  })

  it('finds nothing for stop words and empty questions', () => {
    const index = createWordIndex()
    index.add(text('a', 'the peer'))
    expect(index.search('what is the').size).toBe(0)
    expect(index.search('').size).toBe(0)
  })
})

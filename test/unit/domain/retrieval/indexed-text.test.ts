import { expect, it } from 'vitest'
import { makeContexts } from '../../../../src/domain/graph/make-contexts.ts'
import { toIndexedText } from '../../../../src/domain/retrieval/indexed-text.ts'
import { ann } from '../../../support/ledger.ts'

it('a heading of a context is searched once, beside the title of the document', () => {
  const text = '## Relays\n\nA relay passes messages on.'
  const headingPath = ['Guide', 'Relays']
  const block = { kind: 'prose' as const, start: 0, end: text.length, headingPath, links: [] }
  const { contexts } = makeContexts(
    { text, title: 'Guide', kind: 'markdown', language: '', tags: ['net'], blocks: [block] },
    { path: 'guide.md', author: ann.peerId, addedAtMs: 1, origin: 'own', visibility: 'private' },
  )
  expect(contexts[0]?.title).toBe('Guide › Relays')
  expect(contexts.map(toIndexedText)).toEqual([
    {
      contextHash: contexts[0]?.contextHash,
      title: 'Guide',
      headingPath,
      text,
      tags: ['net'],
    },
  ])
})

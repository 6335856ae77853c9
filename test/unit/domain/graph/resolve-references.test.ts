import { expect, test } from 'vitest'
import { hashText } from '../../../../src/domain/content/context-hash.ts'
import { resolveReferences } from '../../../../src/domain/graph/resolve-references.ts'

const documents = ['guide/tokens.md', './src/identity.ts', 'guide/README.md'].map((path) => ({
  path,
  documentHash: hashText(path),
}))

test('targets that are paths of documents are found, also without their ending', () => {
  const found = resolveReferences(
    ['guide/tokens.md', 'src/identity', 'guide', 'https://example.org/', 'missing.md'],
    documents,
  )
  expect([...found]).toEqual([
    ['guide/tokens.md', hashText('guide/tokens.md')],
    ['src/identity', hashText('./src/identity.ts')],
    ['guide', hashText('guide/README.md')],
  ])
})

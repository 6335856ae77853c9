import { expect, test } from 'vitest'
import { readWithin100Mb } from '../../../support/documents/read-within-memory.ts'

// `npm run -s soak -- documents` reads every shape so.
test.each(['objects.json', 'page.html'])(
  '%s of the largest size is read with 100 MB of memory',
  async (path) => {
    expect(await readWithin100Mb(path)).toMatch(/^[1-9]\d* blocks$/)
  },
)

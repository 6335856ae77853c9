import { expect, it } from 'vitest'
import type { ArchiveState } from '../../../src/peer/peer.ts'
import { describeArchive } from '../../../src/ui/frame/archive-words.ts'

const kept: ArchiveState = {
  isKept: true,
  entries: 12_345,
  sizeBytes: 4_321_098,
  catchingUp: undefined,
  failure: '',
}

it('says how much of the ledger is kept, how far it was read, and what fails', () => {
  expect(describeArchive(kept)).toBe('12,345 entries are kept here, 4.1 MB.')
  expect(describeArchive({ ...kept, catchingUp: 1_024 })).toBe(
    'Checking what is missing, 1,024 entries so far.',
  )
  expect(describeArchive({ ...kept, catchingUp: 0 })).toBe('12,345 entries are kept here, 4.1 MB.')
  expect(describeArchive({ ...kept, failure: 'There is no room. Make some' })).toBe(
    'It does not work at the moment: There is no room. Make some.',
  )
})

it('says nothing while none is kept', () => {
  expect(describeArchive({ ...kept, isKept: false })).toBe('')
  expect(describeArchive(undefined)).toBe('')
})

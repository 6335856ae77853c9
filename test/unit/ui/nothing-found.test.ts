import { describe, expect, it } from 'vitest'
import { whyNothingFound } from '../../../src/ui/screens/ask/nothing-found.ts'
import { ann, bob } from '../../support/ledger.ts'

const dear = { provider: ann.peerId, code: 'price-above-limit' } as const
const silent = { provider: bob.peerId, code: 'timeout' } as const

describe('why nothing was found', () => {
  it('is the price when what would fit was too dear', () => {
    expect(whyNothingFound({ scope: 'both', askedPeers: 2, troubles: [dear, silent] })).toEqual([
      '1 passage would fit, but cost more than the limit per question leaves.',
      '1 peer did not answer or deliver.',
    ])
  })

  it('is the silence of peers, each told once, beside what the others lack', () => {
    expect(whyNothingFound({ scope: 'network', askedPeers: 3, troubles: [silent, silent] })).toEqual([
      '1 peer did not answer or deliver.',
      'None of the 2 peers that answered has a passage about this.',
    ])
  })

  it('does not say that peers have nothing when none answered', () => {
    expect(whyNothingFound({ scope: 'network', askedPeers: 1, troubles: [silent] })).toEqual([
      '1 peer did not answer or deliver.',
    ])
  })

  it('is that nobody has it when everybody answered', () => {
    expect(whyNothingFound({ scope: 'both', askedPeers: 1, troubles: [] })).toEqual([
      'Neither your library nor the peer that answered has a passage about this.',
    ])
    expect(whyNothingFound({ scope: 'network', askedPeers: 1, troubles: [] })).toEqual([
      'The peer that answered does not have a passage about this.',
    ])
    expect(whyNothingFound({ scope: 'library', askedPeers: 0, troubles: [] })).toEqual([
      'Your library does not have a passage about this.',
    ])
    expect(whyNothingFound({ scope: 'both', askedPeers: 0, troubles: [] })).toEqual([
      'No peer could be asked, and your library does not have a passage about this.',
    ])
  })
})

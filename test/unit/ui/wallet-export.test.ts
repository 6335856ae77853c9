import { describe, expect, it } from 'vitest'
import { toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { WalletEntry } from '../../../src/peer/peer.ts'
import { changeSince, startOfDay } from '../../../src/ui/screens/wallet/change-since.ts'
import { entriesToCsv, entriesToJson } from '../../../src/ui/screens/wallet/export-entries.ts'
import { samplePeerId } from '../../support/sample-peer-ids.ts'

const entry: WalletEntry = {
  id: 'ab12',
  seq: 4,
  timestampMs: Date.UTC(2026, 2, 3, 4, 5, 6),
  kind: 'pay',
  change: -1_171_875n,
  after: toMicroTokens(998_828_125n),
  reason: '1 context for “a, "b"”',
  counterparty: samplePeerId(1),
  contexts: [],
  state: 'certified',
  phase: 'claimed',
  receipt: '{"signature":"c2ln"}',
}

describe('the wallet export', () => {
  it('writes CSV with exact amounts, commas and quotes kept', () => {
    const [header, row, end] = entriesToCsv([entry]).split('\r\n')
    expect(header).toBe('time,seq,kind,reason,counterparty,amount,after,state,phase,contexts,entry')
    expect(row).toBe(
      `2026-03-03T04:05:06.000Z,4,pay,"1 context for “a, ""b""”",${samplePeerId(1)},-1.171875,998.828125,certified,claimed,,ab12`,
    )
    expect(end).toBe('')
  })

  it('keeps a spreadsheet from running a reason', () => {
    expect(entriesToCsv([{ ...entry, reason: '=HYPERLINK(1)' }])).toContain(",'=HYPERLINK(1),")
  })

  it('writes JSON with µT as decimal texts and the receipt unfolded', () => {
    expect(JSON.parse(entriesToJson([entry]))).toMatchObject([
      {
        id: 'ab12',
        time: '2026-03-03T04:05:06.000Z',
        changeMicroTokens: '-1171875',
        afterMicroTokens: '998828125',
        receipt: { signature: 'c2ln' },
      },
    ])
  })

  it('keeps a receipt that is no JSON as it is', () => {
    expect(entriesToJson([{ ...entry, receipt: 'plain' }])).toContain('"receipt": "plain"')
  })
})

describe('today’s change', () => {
  it('counts entries since midnight only', () => {
    const midnight = startOfDay(entry.timestampMs)
    const yesterday = { ...entry, timestampMs: midnight - 1, change: 5n }
    expect(changeSince([entry, yesterday], midnight)).toBe(entry.change)
  })
})

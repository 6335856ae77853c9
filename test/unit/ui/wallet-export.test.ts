import { describe, expect, it } from 'vitest'
import { hashText } from '../../../src/domain/content/context-hash.ts'
import { toMicroTokens, ZERO_TOKENS } from '../../../src/domain/kernel/micro-tokens.ts'
import type { WalletEntry } from '../../../src/peer/peer.ts'
import { entriesToCsv, entriesToJson } from '../../../src/ui/screens/wallet/export-entries.ts'
import { samplePeerId } from '../../support/sample-peer-ids.ts'
import { sampleWallet } from '../../support/sample-wallet.ts'

const price = toMicroTokens(1_171_875n)
const context = hashText('context')
const entry: WalletEntry = {
  id: 'ab12',
  seq: 4,
  timestampMs: Date.UTC(2026, 2, 3, 4, 5, 6),
  kind: 'pay',
  change: 0n - price,
  after: toMicroTokens(998_828_125n),
  shares: { balance: 0n, credit: 0n - price, reserved: 0n, pendingOut: price, pendingIn: 0n },
  decayed: ZERO_TOKENS,
  reason: '1 context for “a, "b"”',
  counterparty: samplePeerId(1),
  settles: [],
  purchases: [
    {
      invoice: 'cd34',
      direction: 'out',
      counterparty: samplePeerId(1),
      timestampMs: Date.UTC(2026, 2, 3, 4, 5, 7),
      contexts: [context],
      sizeBytes: 600,
      price,
      paid: price,
      question: 'a, "b"',
      receipt: '{"format":"loremesh-receipt/2"}',
    },
  ],
  state: 'certified',
  phase: 'claimed',
}

describe('the export as CSV', () => {
  it('has exact amounts, times in ISO 8601, commas and quotes, and each delivery in a row of its own', () => {
    const [header, row, delivery, end] = entriesToCsv([entry]).split('\r\n')
    expect(header).toBe(
      'row,time_utc,seq,kind,reason,counterparty,amount_tokens,after_tokens,reserved_tokens,pending_out_tokens,pending_in_tokens,decayed_tokens,state,phase,question,context_hashes,size_bytes,price_tokens,paid_tokens,invoice,entry',
    )
    expect(row).toBe(
      `entry,2026-03-03T04:05:06.000Z,4,pay,"1 context for “a, ""b""”",${samplePeerId(1)},-1.171875,998.828125,0,1.171875,0,0,certified,claimed,,,,,,,ab12`,
    )
    expect(delivery).toBe(
      `delivery,2026-03-03T04:05:07.000Z,4,bought,,${samplePeerId(1)},,,,,,,,,"a, ""b""",${context},600,1.171875,1.171875,cd34,ab12`,
    )
    expect(end).toBe('')
  })

  it.each(['=HYPERLINK(1)', '+1', '-1', '@SUM(1)', '\t=1', ' =1', '\n=1', '＝1', '|calc', '%x'])(
    'keeps a spreadsheet from running %j',
    (text) => {
      const [purchase] = entry.purchases
      if (purchase === undefined) throw new Error('There is no delivery')
      const csv = entriesToCsv([{ ...entry, reason: text, purchases: [{ ...purchase, question: text }] }])
      const fields = csv.replaceAll('\n', ' ').split(/[,"]/)
      expect(fields.filter((field) => field === `'${text.replaceAll('\n', ' ')}`)).toHaveLength(2)
      expect(fields).not.toContain(text)
    },
  )

  it('leaves numbers and usual texts as they are', () => {
    expect(entriesToCsv([{ ...entry, reason: 'x = 1' }])).toContain(',x = 1,')
  })

  it('has the same columns in every row', () => {
    const rows = entriesToCsv(sampleWallet.entries).trim().split('\r\n')
    const counts = rows.map((row) => row.replaceAll(/"(?:[^"]|"")*"/g, '').split(',').length)
    expect(new Set(counts)).toEqual(new Set([21]))
    expect(rows).toHaveLength(1 + 8 + 5)
  })
})

describe('the export as JSON', () => {
  it('has µT as decimal texts, and the receipt of each delivery unfolded', () => {
    expect(JSON.parse(entriesToJson([entry]))).toEqual([
      {
        id: 'ab12',
        seq: 4,
        kind: 'pay',
        reason: entry.reason,
        counterparty: samplePeerId(1),
        settles: [],
        state: 'certified',
        phase: 'claimed',
        time: '2026-03-03T04:05:06.000Z',
        changeMicroTokens: '-1171875',
        afterMicroTokens: '998828125',
        reservedMicroTokens: '0',
        pendingOutMicroTokens: '1171875',
        pendingInMicroTokens: '0',
        decayedMicroTokens: '0',
        purchases: [
          {
            invoice: 'cd34',
            direction: 'out',
            counterparty: samplePeerId(1),
            contexts: [context],
            sizeBytes: 600,
            question: 'a, "b"',
            time: '2026-03-03T04:05:07.000Z',
            priceMicroTokens: '1171875',
            paidMicroTokens: '1171875',
            receipt: { format: 'loremesh-receipt/2' },
          },
        ],
      },
    ])
  })

  it('has nothing after what is only on its way', () => {
    expect(JSON.parse(entriesToJson(sampleWallet.incoming))).toMatchObject([
      { kind: 'incoming', seq: null, changeMicroTokens: '0', afterMicroTokens: null },
    ])
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toMicroTokens, ZERO_TOKENS } from '../../../src/domain/kernel/micro-tokens.ts'
import type { WalletEntry } from '../../../src/peer/peer.ts'
import {
  countCounterparties,
  dayOf,
  directionOf,
  filterEntries,
  isFiltering,
  noFilter,
  type EntryFilter,
} from '../../../src/ui/screens/wallet/filter-entries.ts'
import { linesOf, shownAmount, sumOf, walletAmounts } from '../../../src/ui/screens/wallet/wallet-amounts.ts'
import { samplePeerId } from '../../support/sample-peer-ids.ts'
import { emptyWallet, sampleWallet } from '../../support/sample-wallet.ts'

const lines = linesOf(sampleWallet)
const kindsOf = (filter: Partial<EntryFilter>): readonly string[] =>
  filterEntries(lines, { ...noFilter, ...filter }).map(({ kind }) => kind)

describe('the lines of a wallet', () => {
  it('are in the order of time, with what others owe among them', () => {
    expect(lines.map(({ kind }) => kind)).toEqual([
      'reserve',
      'incoming',
      'reclaim',
      'pay',
      'claim',
      'release',
      'reserve',
      'collect',
      'open',
    ])
  })

  it('make up each amount', () => {
    for (const { name } of walletAmounts) {
      const shown = filterEntries(lines, { ...noFilter, amount: name })
      expect(sumOf(shown, name)).toBe(sampleWallet[name])
      expect(shown.length).toBeGreaterThan(0)
    }
    expect(sumOf(lines, '')).toBe(sampleWallet.balance + sampleWallet.credit)
  })

  it('are none in a new wallet', () => {
    expect(linesOf(emptyWallet)).toEqual([])
    expect(sumOf([], '')).toBe(0n)
  })
})

describe('a filter', () => {
  it('without anything in it leaves everything', () => {
    expect(filterEntries(lines, noFilter)).toEqual(lines)
    expect(isFiltering(noFilter)).toBe(false)
    expect(isFiltering({ ...noFilter, text: ' ' })).toBe(false)
    expect(isFiltering({ ...noFilter, kind: 'pay' })).toBe(true)
  })

  it('leaves what fits kind, direction and state', () => {
    expect(kindsOf({ kind: 'reserve' })).toEqual(['reserve', 'reserve'])
    expect(kindsOf({ direction: 'in' })).toEqual(['incoming', 'reclaim', 'claim', 'release', 'collect'])
    expect(kindsOf({ direction: 'out' })).toEqual(['reserve', 'pay', 'reserve'])
    expect(kindsOf({ state: 'pending' })).toEqual(['reserve', 'incoming'])
    expect(kindsOf({ state: 'pending', direction: 'in' })).toEqual(['incoming'])
  })

  it('finds words of reason, question, kind, peers and hashes, all of them and in any case', () => {
    const [contextHash = ''] = sampleWallet.incoming[0]?.purchases[0]?.contexts ?? []
    expect(kindsOf({ text: 'BACKUP tested' })).toEqual(['reserve'])
    expect(kindsOf({ text: 'backup ports' })).toEqual([])
    expect(kindsOf({ text: 'taken back' })).toEqual(['reclaim'])
    expect(kindsOf({ text: contextHash })).toEqual(['incoming'])
    expect(kindsOf({ text: samplePeerId(3) })).toEqual(['incoming', 'claim'])
    // Two digits are in nearly every hash.
    expect(kindsOf({ text: contextHash.slice(-2) })).not.toContain('incoming')
  })

  it('finds the entries about one reserve by its hash', () => {
    const release = lines.find(({ kind }) => kind === 'release')
    expect(kindsOf({ text: release?.settles[0] ?? 'none' })).toEqual(['release', 'reserve'])
  })

  it('finds a peer in every entry that it has to do with, alone or with others', () => {
    expect(kindsOf({ counterparty: samplePeerId(2) })).toEqual(['reclaim', 'pay', 'claim'])
    expect(countCounterparties(lines)).toEqual([
      { peerId: samplePeerId(1), count: 3 },
      { peerId: samplePeerId(2), count: 3 },
      { peerId: samplePeerId(3), count: 2 },
    ])
  })

  it('takes both days of a range whole, in the zone of the reader', () => {
    const at = (timestampMs: number): WalletEntry => line({ timestampMs })
    const midnight = new Date(2026, 2, 29).getTime()
    const days = [at(midnight - 1), at(midnight), at(new Date(2026, 2, 29, 23, 59, 59, 999).getTime())]
    const day = dayOf(midnight)
    expect(day).toBe('2026-03-29')
    expect(filterEntries(days, { ...noFilter, from: day, to: day })).toEqual(days.slice(1))
    expect(filterEntries(days, { ...noFilter, from: day })).toEqual(days.slice(1))
    expect(filterEntries(days, { ...noFilter, to: dayOf(midnight - 1) })).toEqual(days.slice(0, 1))
  })
})

describe('sums', () => {
  const amount = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n })
  const someLine = fc
    .record({
      kind: fc.constantFrom('pay', 'claim', 'reserve', 'incoming'),
      state: fc.constantFrom('pending', 'certified', 'checkpointed'),
      counterparty: fc.constantFrom(samplePeerId(1), samplePeerId(2)),
      timestampMs: fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2026, 11, 31) }),
      change: amount,
      shares: fc.record({
        balance: amount,
        credit: amount,
        reserved: amount,
        pendingOut: amount,
        pendingIn: amount,
      }),
    })
    .map(line)
  const name = fc.constantFrom('' as const, ...walletAmounts.map((one) => one.name))

  it('of any partition are together the sum of the whole', () => {
    fc.assert(
      fc.property(fc.array(someLine), name, fc.integer({ min: 1, max: 12 }), (all, part, month) => {
        const whole = sumOf(all, part)
        const sumFor = (filter: Partial<EntryFilter>): bigint =>
          sumOf(filterEntries(all, { ...noFilter, ...filter }), part)
        const [first, last] = [new Date(2026, month, 1), new Date(2026, month, 0)].map(Number)
        const still = all.filter((one) => directionOf(one) === null)
        const partitions = [
          (['pay', 'claim', 'reserve', 'incoming'] as const).map((kind) => sumFor({ kind })),
          (['pending', 'certified', 'checkpointed'] as const).map((state) => sumFor({ state })),
          [samplePeerId(1), samplePeerId(2)].map((counterparty) => sumFor({ counterparty })),
          [sumFor({ direction: 'in' }), sumFor({ direction: 'out' }), sumOf(still, part)],
          [sumFor({ to: dayOf(last ?? NaN) }), sumFor({ from: dayOf(first ?? NaN) })],
        ]
        for (const sums of partitions) expect(sums.reduce((sum, one) => sum + one, 0n)).toBe(whole)
      }),
    )
  })

  it('of the lines that are part of an amount are the amount', () => {
    fc.assert(
      fc.property(fc.array(someLine), name, (all, part) => {
        expect(sumOf(filterEntries(all, { ...noFilter, amount: part }), part)).toBe(sumOf(all, part))
      }),
    )
  })
})

describe('a row', () => {
  it('shows what it changes, or as pending what it will', () => {
    expect(shownAmount(line({ change: -2_500_000n }), '')).toEqual({ text: '−2.5', tone: 'out' })
    expect(shownAmount(line({ change: 1n }), '')).toEqual({ text: '+0.000001', tone: 'in' })
    const shares = { balance: 0n, credit: 0n, reserved: 3_000_000n, pendingOut: 0n, pendingIn: 4_000_000n }
    expect(shownAmount(line({ change: 0n, shares }), '')).toEqual({ text: '+4', tone: 'pending' })
    expect(shownAmount(line({ shares }), 'reserved')).toEqual({ text: '3', tone: 'pending' })
    expect(shownAmount(line({ shares }), 'credit')).toEqual({ text: '0', tone: 'out' })
  })
})

function line(changes: Partial<WalletEntry>): WalletEntry {
  return {
    id: 'ab12',
    seq: 1,
    timestampMs: 0,
    kind: 'pay',
    change: 0n,
    after: toMicroTokens(0n),
    shares: { balance: 0n, credit: 0n, reserved: 0n, pendingOut: 0n, pendingIn: 0n },
    decayed: ZERO_TOKENS,
    reason: 'Something',
    counterparty: null,
    settles: [],
    purchases: [],
    state: 'certified',
    phase: null,
    ...changes,
  }
}

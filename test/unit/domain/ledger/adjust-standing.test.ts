import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTokens, toMicroTokens, type MicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { adjustStanding, decayOf } from '../../../../src/domain/ledger/adjust-standing.ts'
import { emptyStanding, type LedgerLookup, type Standing } from '../../../../src/domain/ledger/effect.ts'
import { ann, bob, createTestLedger, expectRefusal, genesis, START_MS } from '../../../support/ledger.ts'

const DAY_MS = 86_400_000
const exempt = genesis.decayExempt
const ppm = BigInt(genesis.decayPerDayPpm)

function standingOf(part: Partial<Standing>): Standing {
  return { ...emptyStanding(ann.account), ...part }
}

/** A lookup with a checkpoint at each of these times after the start. */
function checkpointsAt(...afterMs: readonly number[]): LedgerLookup {
  const ledger = createTestLedger()
  for (const ms of afterMs) ledger.addCheckpoint(START_MS + ms)
  return ledger
}

describe('decay', () => {
  it('takes a share a day of what is above the exempt amount', () => {
    const balance = toMicroTokens(exempt + 1_000_000_000n)
    expect(decayOf(balance, 1, genesis)).toBe(1_000n * ppm)
    const second = ((1_000_000_000n - 1_000n * ppm) * ppm) / 1_000_000n
    expect(decayOf(balance, 2, genesis)).toBe(1_000n * ppm + second)
  })

  it('takes 10 % in a year of a large balance', () => {
    const balance = parseTokens('1000000')
    const lost = Number(decayOf(balance, 365, genesis)) / Number(balance - exempt)
    expect(lost).toBeCloseTo(0.1, 3)
  })

  it('leaves the exempt amount and less alone, for however long', () => {
    expect(decayOf(exempt, 10_000, genesis)).toBe(0n)
    expect(decayOf(parseTokens('0.000001'), 10_000, genesis)).toBe(0n)
  })

  it('goes by UTC days: nothing within one, a day’s share when midnight passes', () => {
    const standing = standingOf({ balance: parseTokens('1300') })
    const within = checkpointsAt(1, DAY_MS - 1)
    expect(adjustStanding(standing, 1, 2, within)).toEqual({ standing, toPool: 0n })
    const over = checkpointsAt(DAY_MS - 1, DAY_MS)
    const { standing: after, toPool } = adjustStanding(standing, 1, 2, over)
    expect(toPool).toBe(288_000n)
    expect(after.balance).toBe(parseTokens('1299.712'))
  })

  it('goes by the parameters of the newer checkpoint for all the days since the older one', () => {
    const ledger = createTestLedger()
    ledger.addCheckpoint(START_MS + DAY_MS)
    ledger.addCheckpoint(START_MS + 3 * DAY_MS, {
      changes: [
        { name: 'decayPerDayPpm', value: 1_000 },
        { name: 'decayExempt', value: parseTokens('1000') },
      ],
    })
    ledger.addCheckpoint(START_MS + 4 * DAY_MS)
    const standing = standingOf({ balance: parseTokens('2000') })
    const lossOf = (from: number, to: number) => adjustStanding(standing, from, to, ledger).toPool
    expect(lossOf(0, 1)).toBe(decayOf(standing.balance, 1, genesis))
    expect(lossOf(0, 2)).toBe(2_997_001n)
    expect(lossOf(2, 3)).toBe(parseTokens('1'))
  })

  it('concerns free tokens only', () => {
    const tokens = parseTokens('1300')
    const standing = standingOf({ credit: tokens, locked: tokens, stake: tokens })
    const lookup = checkpointsAt(100 * DAY_MS)
    expect(adjustStanding(standing, 0, 1, lookup)).toEqual({ standing, toPool: 0n })
  })

  it('is the same at once or in steps, never negative, and never touches the exempt amount', () => {
    const amounts = fc.bigInt({ min: 0n, max: 10n ** 15n }).map(toMicroTokens)
    const days = fc.integer({ min: 0, max: 400 })
    fc.assert(
      fc.property(amounts, days, days, (balance, first, second) => {
        const atOnce = decayOf(balance, first + second, genesis)
        const one = decayOf(balance, first, genesis)
        const two = decayOf(toMicroTokens(balance - one), second, genesis)
        expect(one + two).toBe(atOnce)
        expect(balance - atOnce >= (balance < exempt ? balance : exempt)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })
})

describe('slashes', () => {
  const slash = (amount: MicroTokens, account = ann.account) => ({ slashed: [{ account, amount }] })

  it('take stake for the pool, once, and no more than there is', () => {
    const ledger = createTestLedger()
    const ten = parseTokens('10')
    ledger.addCheckpoint(START_MS, slash(parseTokens('4')))
    ledger.addCheckpoint(START_MS, slash(parseTokens('9')))
    ledger.addCheckpoint(START_MS, slash(ten, bob.account))
    const standing = standingOf({ stake: ten, balance: ten })
    const stakeAfter = (from: number, to: number) => {
      const adjusted = adjustStanding(standing, from, to, ledger)
      expect(adjusted.standing.stake + adjusted.toPool).toBe(ten)
      expect(adjusted.standing.balance).toBe(ten)
      return adjusted.standing.stake
    }
    expect(stakeAfter(0, 1)).toBe(parseTokens('6'))
    expect(stakeAfter(1, 2)).toBe(parseTokens('1'))
    expect(stakeAfter(0, 2)).toBe(0n)
    expect(stakeAfter(2, 3)).toBe(ten)
  })
})

describe('an adjustment', () => {
  it('is none from a checkpoint to itself, known or not', () => {
    const standing = standingOf({ balance: parseTokens('5000') })
    expect(adjustStanding(standing, 7, 7, createTestLedger())).toEqual({ standing, toPool: 0n })
  })

  it('needs both checkpoints', () => {
    expectRefusal(() => adjustStanding(standingOf({}), 0, 1, createTestLedger()), 'not-found')
    expectRefusal(() => adjustStanding(standingOf({}), 5, 1, checkpointsAt(1)), 'not-found')
  })
})

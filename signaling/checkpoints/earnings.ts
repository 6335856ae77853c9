import type { Account } from '../../src/domain/identity/account.ts'
import { bytesToHexText } from '../../src/domain/kernel/bytes.ts'
import { sumTokens, ZERO_TOKENS, type MicroTokens } from '../../src/domain/kernel/micro-tokens.ts'

const DAY_MS = 86_400_000
/** UTC days that a leaf's earnings are of, the present one included. */
const DAYS = 7

/** The UTC day of a moment, counted from 1970. */
export function utcDay(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS)
}

/** The first of the days that earnings are of at this one. */
export function firstDayOf(day: number): number {
  return day - DAYS + 1
}

/** What an account was paid by a claim, on the UTC day of the entry. */
export interface Earning {
  readonly account: Account
  readonly day: number
  readonly amount: MicroTokens
}

/**
 * What accounts earned since the day that is six before the present one, so that it changes only when they claim and when
 * a day ends. It never changes: another day, or more claims, make another one.
 */
export interface Earnings {
  /** The present UTC day. */
  readonly day: number
  of(account: Account): MicroTokens
  /** Accounts that earned anything. */
  accounts(): readonly Account[]
  /** The earnings at a day that is not before this one, with what was earned besides. */
  after(day: number, more: readonly Earning[]): Earnings
}

interface Earner {
  readonly account: Account
  readonly byDay: ReadonlyMap<number, MicroTokens>
}

/** Nobody has earned anything at this UTC day. */
export function createEarnings(day: number): Earnings {
  return earningsOf(day, new Map())
}

function earningsOf(day: number, earners: ReadonlyMap<string, Earner>): Earnings {
  return {
    day,
    of: (account) => sumTokens(earners.get(bytesToHexText(account))?.byDay.values() ?? []),
    accounts: () => [...earners.values()].map(({ account }) => account),
    after(later, more) {
      const next = later === day ? new Map(earners) : since(firstDayOf(later), earners)
      for (const earning of more) if (earning.day >= firstDayOf(later)) add(next, earning)
      return earningsOf(later, next)
    },
  }
}

function since(firstDay: number, earners: ReadonlyMap<string, Earner>): Map<string, Earner> {
  const left = new Map<string, Earner>()
  for (const [key, { account, byDay }] of earners) {
    const days = [...byDay].filter(([day]) => day >= firstDay)
    if (days.length > 0) left.set(key, { account, byDay: new Map(days) })
  }
  return left
}

function add(earners: Map<string, Earner>, { account, day, amount }: Earning): void {
  const key = bytesToHexText(account)
  const byDay = new Map(earners.get(key)?.byDay)
  byDay.set(day, sumTokens([byDay.get(day) ?? ZERO_TOKENS, amount]))
  earners.set(key, { account, byDay })
}

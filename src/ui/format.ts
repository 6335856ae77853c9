import { formatTokens } from '../domain/kernel/micro-tokens.ts'

const counts = new Intl.NumberFormat('en')
const oneDecimal = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })
const twoDecimals = new Intl.NumberFormat('en', { maximumFractionDigits: 2 })
const dollars = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD' })
const smallDollars = new Intl.NumberFormat('en', {
  style: 'currency',
  currency: 'USD',
  maximumSignificantDigits: 2,
})
const relativeTimes = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const minutes = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
})
const clockTimes = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })
const dateTimes = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const zonedTimes = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
})

/** Whole numbers with separators: 12,345. */
export function formatCount(count: number): string {
  return counts.format(count)
}

/** A share from 0 to 1 with two decimals: 0.93. */
export function formatReputation(reputation: number): string {
  return twoDecimals.format(reputation)
}

/** A number with its noun: "1 context", "3 contexts". */
export function formatPlural(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`
}

/** A size in bytes, KB (1024 bytes) or MB, with at most one decimal. */
export function formatBytes(sizeBytes: number): string {
  if (sizeBytes < 1024) return formatPlural(sizeBytes, 'byte')
  const kilobytes = sizeBytes / 1024
  return kilobytes < 1024 ? `${oneDecimal.format(kilobytes)} KB` : `${oneDecimal.format(kilobytes / 1024)} MB`
}

/** Milliseconds as "420 ms", or as seconds from one second on; "–" for NaN. */
export function formatMs(ms: number): string {
  if (!Number.isFinite(ms)) return '–'
  if (ms < 1000) return `${ms < 10 ? oneDecimal.format(ms) : counts.format(Math.round(ms))} ms`
  return `${oneDecimal.format(ms / 1000)} s`
}

/** A time of minutes and more: "3 h 10 min", "2 d 4 h"; "less than a minute" for less. */
export function formatDuration(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 1) return 'less than a minute'
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return joinUnits(`${hours} h`, minutes % 60, 'min')
  return joinUnits(`${Math.floor(hours / 24)} d`, hours % 24, 'h')
}

function joinUnits(large: string, small: number, unit: string): string {
  return small === 0 ? large : `${large} ${small} ${unit}`
}

/** A share as whole percent, such as "97 %"; "99.9 %" is kept when rounding would promise 100 %. */
export function formatPercent(share: number): string {
  const percent = share * 100
  const rounded = Math.round(percent)
  const isWhole = Math.abs(rounded) !== 100 || Math.abs(share) === 1
  return `${isWhole ? counts.format(rounded) : oneDecimal.format(Math.trunc(percent * 10) / 10)} %`
}

/** Dollars and cents; two significant digits below ten cents, so that small costs can be compared. */
export function formatUsd(amount: number): string {
  return Math.abs(amount) > 0 && Math.abs(amount) < 0.1 ? smallDollars.format(amount) : dollars.format(amount)
}

/** Tokens rounded to two decimals, for lines where the exact amount stands elsewhere; "<0.01" for the rest. */
export function formatTokensShort(amount: bigint): string {
  const tokens = Number(formatTokens(amount))
  return tokens > 0 && tokens < 0.005 ? '<0.01' : twoDecimals.format(tokens)
}

/** Exact tokens with a sign in front, using a true minus: "+12.5", "−3", "0". */
export function formatChange(amount: bigint): string {
  if (amount === 0n) return '0'
  return amount > 0n ? `+${formatTokens(amount)}` : `−${formatTokens(-amount)}`
}

/** How many digits follow the point of a number's text. */
export function countDecimals(text: string): number {
  const point = text.indexOf('.')
  return point < 0 ? 0 : text.length - point - 1
}

/** The room, as a CSS length, that a number's text lacks to `decimals` after its point, so that points of a column align. */
export function decimalRoom(text: string, decimals: number): string {
  const own = countDecimals(text)
  const point = own === 0 && decimals > 0 ? 0.5 : 0
  return `${decimals - own + point}ch`
}

/** Date and time in full, in the reader's own convention. */
export function formatDateTime(timestampMs: number): string {
  return dateTimes.format(timestampMs)
}

/** Date and time in full with the time zone, for what others will read in another one. */
export function formatZonedTime(timestampMs: number): string {
  return zonedTimes.format(timestampMs)
}

/** Date and time to the minute; the year only where it is not that of `nowMs`. */
export function formatMinute(timestampMs: number, nowMs: number): string {
  const year = new Date(timestampMs).getFullYear()
  const text = minutes.format(timestampMs)
  return year === new Date(nowMs).getFullYear() ? text : `${text}, ${year}`
}

/** The time of day to the second; of another day than `nowMs`, the date and the time to the minute. */
export function formatMoment(timestampMs: number, nowMs: number): string {
  const isToday = new Date(timestampMs).toDateString() === new Date(nowMs).toDateString()
  return isToday ? clockTimes.format(timestampMs) : formatMinute(timestampMs, nowMs)
}

/** How long ago, in the largest unit that fits: "3 minutes ago", "yesterday". */
export function formatAgo(timestampMs: number, nowMs: number): string {
  const seconds = Math.round((timestampMs - nowMs) / 1000)
  if (Math.abs(seconds) < 45) return 'just now'
  const steps = [
    [60, 'minute', 60],
    [3600, 'hour', 24],
    [86_400, 'day', 30],
    [2_592_000, 'month', 12],
    [31_536_000, 'year', Infinity],
  ] as const
  for (const [unitSeconds, unit, limit] of steps) {
    const amount = Math.round(seconds / unitSeconds)
    if (Math.abs(amount) < limit) return relativeTimes.format(amount, unit)
  }
  return ''
}

/** How long something lasts in its largest unit: "<1 min", "47 min", "3 h", "2 d". */
export function formatAge(ms: number): string {
  const whole = Math.floor(ms / 60_000)
  if (whole < 1) return '<1 min'
  if (whole < 60) return `${whole} min`
  return whole < 1440 ? `${Math.floor(whole / 60)} h` : `${Math.floor(whole / 1440)} d`
}

/** A hash shortened for reading: its first and last characters. */
export function shortHash(hash: string): string {
  const digits = hash.replace(/^sha256:/, '')
  return digits.length <= 14 ? digits : `${digits.slice(0, 8)}…${digits.slice(-4)}`
}

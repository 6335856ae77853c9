import { formatTokens } from '../../../domain/kernel/micro-tokens.ts'
import { formatChange } from '../../format.ts'
import type { WalletEntry, WalletShares, WalletState } from '../../../peer/peer.ts'

/** One of the amounts that the wallet consists of. */
export type AmountName = keyof WalletShares

interface WalletAmount {
  readonly name: AmountName
  readonly title: string
  readonly how: string
}

/** What each amount that the balance consists of is called, and how it comes about. */
const spendable: readonly WalletAmount[] = [
  {
    name: 'balance',
    title: 'Unrestricted',
    how: 'What the entries added to tokens that never were starter tokens. So far all tokens began as starter tokens. Of large amounts a little decays each day, and is taken off with the next entry.',
  },
  {
    name: 'credit',
    title: 'Spend-only',
    how: 'What the entries added to your starter tokens, your own or earned from others. They pay for passages, and stay spend-only with whoever gets them.',
  },
]

/** The same for amounts that are not part of the balance, or not yet. */
const onTheWay: readonly WalletAmount[] = [
  {
    name: 'reserved',
    title: 'Reserved',
    how: 'Set aside to buy from peers, less what is owed to them already, and whatever they did not claim in time. It is no longer part of the balance; what is not used comes back.',
  },
  {
    name: 'pendingOut',
    title: 'Pending out',
    how: 'Owed to peers for what they delivered, until they claim it. It is no longer part of the balance.',
  },
  {
    name: 'pendingIn',
    title: 'Pending in',
    how: 'Earned and not claimed yet, or in an entry that is not certified yet. It counts once that is certified.',
  },
]

/** The amounts of a wallet, by whether they are part of the balance. */
export const amountGroups = [
  { title: 'The balance consists of', amounts: spendable, counts: true },
  { title: 'On its way, not in the balance', amounts: onTheWay, counts: false },
] as const

/** Every amount of a wallet. */
export const walletAmounts: readonly WalletAmount[] = [...spendable, ...onTheWay]

/** The title of an amount. */
export function amountTitle(name: AmountName): string {
  return walletAmounts.find((amount) => amount.name === name)?.title ?? name
}

/** Every line of a wallet, newest first: what others owe among the own entries. */
export function linesOf({
  incoming,
  entries,
}: Pick<WalletState, 'incoming' | 'entries'>): readonly WalletEntry[] {
  if (incoming.length === 0) return entries
  return [...incoming, ...entries].sort((a, b) => b.timestampMs - a.timestampMs)
}

/** What lines add to an amount, in µT; without a name to what can be spent. */
export function sumOf(lines: readonly WalletEntry[], name: AmountName | ''): bigint {
  return lines.reduce((sum, line) => sum + shareOf(line, name), 0n)
}

/** What a line adds to an amount, in µT; without a name to what can be spent. */
export function shareOf(line: WalletEntry, name: AmountName | ''): bigint {
  return name === '' ? line.change : line.shares[name]
}

/**
 * What a row shows of a line: its part of an amount, or without one what it changes. What it changes only once it is
 * certified is shown as pending.
 */
export function shownAmount(
  line: WalletEntry,
  name: AmountName | '',
): { readonly text: string; readonly tone: 'in' | 'out' | 'pending' } {
  if (name === '' && line.change === 0n && line.shares.pendingIn !== 0n) {
    return { text: formatChange(line.shares.pendingIn), tone: 'pending' }
  }
  const share = shareOf(line, name)
  if (name === 'reserved' || name === 'pendingOut' || name === 'pendingIn') {
    return { text: formatTokens(share), tone: 'pending' }
  }
  return { text: formatChange(share), tone: share > 0n ? 'in' : 'out' }
}

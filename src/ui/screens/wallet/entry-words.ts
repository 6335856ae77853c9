import type { WalletEntry } from '../../../peer/peer.ts'

const kinds: Readonly<Record<WalletEntry['kind'], string>> = {
  open: 'Account opened',
  collect: 'Grant',
  pay: 'Paid',
  claim: 'Earned',
  reclaim: 'Taken back',
}

const phases: Readonly<Record<NonNullable<WalletEntry['phase']>, string>> = {
  signed: 'The payment is signed, but not certified yet.',
  certified: 'The payment is certified. It comes back if nothing is delivered in time.',
  delivered: 'Everything was delivered and checked; the provider may claim the payment.',
  claimed: 'Everything was delivered, and the provider claimed the payment.',
  reclaimed: 'The provider did not claim it in time, so the tokens came back.',
  lapsed: 'The time to claim it is over.',
}

/** What an entry is, and why, without saying the same twice. */
export function entryWords({ kind, reason }: Pick<WalletEntry, 'kind' | 'reason'>): {
  readonly kind: string
  readonly reason: string
} {
  const word = kinds[kind]
  if (kind === 'open') return { kind: word, reason: '' }
  return { kind: word, reason: reason.startsWith(`${word} `) ? reason.slice(word.length + 1) : reason }
}

/** What became of a payment, in a sentence. */
export function phaseWords(phase: NonNullable<WalletEntry['phase']>): string {
  return phases[phase]
}

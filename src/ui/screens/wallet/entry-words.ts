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

/** An entry's kind in words. */
export function entryKindWords(kind: WalletEntry['kind']): string {
  return kinds[kind]
}

/** What became of a payment, in a sentence. */
export function phaseWords(phase: NonNullable<WalletEntry['phase']>): string {
  return phases[phase]
}

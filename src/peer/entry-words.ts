import type { WalletEntry } from './wallet-state.ts'

const kinds: Readonly<Record<WalletEntry['kind'], string>> = {
  open: 'Account opened',
  collect: 'Grant',
  pay: 'Paid',
  reserve: 'Set aside',
  release: 'Settled',
  reclaim: 'Taken back',
  claim: 'Earned',
  incoming: 'Served',
  earlier: 'Brought forward',
}

const states: Readonly<Record<WalletEntry['state'], { readonly word: string; readonly meaning: string }>> = {
  pending: { word: 'Pending', meaning: 'Too few authorities have signed it so far, so it is not final.' },
  certified: { word: 'Certified', meaning: 'A quorum of the authorities has signed it: it is final.' },
  checkpointed: {
    word: 'Checkpointed',
    meaning: 'It is final, and part of a checkpoint of the whole ledger that a quorum has signed.',
  },
}

type Phase = NonNullable<WalletEntry['phase']>

const paymentPhases: Readonly<Record<Phase, string>> = {
  signed: 'The payment is signed, but not certified yet.',
  certified:
    'The provider may claim it once everything was delivered. If it does not in time, it comes back.',
  claimed: 'The provider has claimed it.',
  lapsed: 'The provider did not claim it in time, so it is about to come back.',
  returned: 'The provider did not claim it in time, so it came back.',
}

const reservePhases: Readonly<Record<Phase, string>> = {
  signed: 'It is signed, but not certified yet.',
  certified:
    'Passages are bought from it until the provider claims what it is owed. The rest comes back then.',
  claimed: 'The provider has claimed what it was owed, and the rest is about to come back.',
  lapsed: 'The provider claimed nothing in time, so everything is about to come back.',
  returned: 'It is over, and what was left came back.',
}

/** A kind of line in a word or two. */
export function kindWord(kind: WalletEntry['kind']): string {
  return kinds[kind]
}

/** A state in a word. */
export function stateWord(state: WalletEntry['state']): string {
  return states[state].word
}

/** What the state of a line means, in a sentence. */
export function stateMeaning({ kind, state }: Pick<WalletEntry, 'kind' | 'state'>): string {
  return kind === 'incoming'
    ? 'It is owed to you. Your peer claims it by itself, together with others.'
    : states[state].meaning
}

/** What a line is, and why, without saying the same twice. */
export function entryWords({ kind, reason }: Pick<WalletEntry, 'kind' | 'reason'>): {
  readonly kind: string
  readonly reason: string
} {
  const word = kinds[kind]
  if (kind === 'open') return { kind: word, reason: '' }
  return { kind: word, reason: reason.startsWith(`${word} `) ? reason.slice(word.length + 1) : reason }
}

/** What became of a payment or reserve, in a sentence; empty for other lines. */
export function phaseWords({ kind, phase }: Pick<WalletEntry, 'kind' | 'phase'>): string {
  if (phase === null || kind === 'incoming') return ''
  return kind === 'reserve' ? reservePhases[phase] : paymentPhases[phase]
}

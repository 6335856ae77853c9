import { hashText } from '../../src/domain/content/context-hash.ts'
import { bytesToHexText, textToBytes } from '../../src/domain/kernel/bytes.ts'
import { sha256Digest } from '../../src/domain/kernel/hashing.ts'
import { toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { WalletEntry, WalletState } from '../../src/peer/peer.ts'
import { samplePeerId } from './sample-peer-ids.ts'

type Line = Pick<WalletEntry, 'kind' | 'change' | 'reason' | 'phase'> & {
  readonly minutesAgo: number
  readonly peer?: number
  readonly contexts?: readonly string[]
  readonly isPending?: boolean
}

const lines: readonly Line[] = [
  { kind: 'open', change: 0n, reason: 'This account begins', phase: null, minutesAgo: 2880 },
  {
    kind: 'collect',
    change: 1_000_000_000n,
    reason: 'Starter grant for a new account',
    phase: null,
    minutesAgo: 2880,
  },
  {
    kind: 'pay',
    change: -4_281_250n,
    reason: '3 contexts for “How is a backup tested?”',
    phase: 'claimed',
    minutesAgo: 1500,
    peer: 1,
    contexts: ['a', 'b', 'c'],
  },
  {
    kind: 'claim',
    change: 12_500_000n,
    reason: '7 contexts served to 2 peers',
    phase: null,
    minutesAgo: 180,
    contexts: ['d', 'e'],
  },
  {
    kind: 'pay',
    change: -1_171_875n,
    reason: '1 context for “Which ports does the relay need?”',
    phase: 'reclaimed',
    minutesAgo: 62,
    peer: 2,
    contexts: ['f'],
  },
  {
    kind: 'reclaim',
    change: 1_171_875n,
    reason: 'Not delivered in time, taken back',
    phase: null,
    minutesAgo: 61,
    peer: 2,
  },
  {
    kind: 'pay',
    change: -1_027_344n,
    reason: '2 contexts for “How often should a restore be tested?”',
    phase: 'delivered',
    minutesAgo: 1,
    peer: 1,
    contexts: ['g', 'h'],
    isPending: true,
  },
]

function toEntries(): readonly WalletEntry[] {
  let after = 0n
  return lines
    .map((line, seq): WalletEntry => {
      after += line.change
      const id = bytesToHexText(sha256Digest(textToBytes(`entry ${seq}`)))
      return {
        id,
        seq,
        timestampMs: Date.now() - line.minutesAgo * 60_000,
        kind: line.kind,
        change: line.change,
        after: toMicroTokens(after),
        reason: line.reason,
        counterparty: line.peer === undefined ? null : samplePeerId(line.peer),
        contexts: (line.contexts ?? []).map((text) => hashText(text)),
        state: line.isPending === true ? 'pending' : 'certified',
        phase: line.phase,
        receipt:
          line.isPending === true ? null : JSON.stringify({ entry: id, signature: 'c2lnbmF0dXJl' }, null, 2),
      }
    })
    .reverse()
}

/** A wallet after two days of asking and serving. */
export const sampleWallet: WalletState = {
  balance: toMicroTokens(12_500_000n),
  credit: toMicroTokens(994_691_406n),
  pendingOut: toMicroTokens(1_027_344n),
  pendingIn: toMicroTokens(2_343_750n),
  entries: toEntries(),
  contextsServed: 7,
  contextsFetched: 6,
  notice: '',
}

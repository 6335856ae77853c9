import type { PeerStatus } from '../../peer/peer.ts'
import type { ShellState } from '../shell.ts'

/** What the status pill shows. */
export interface PillStatus {
  readonly tone: 'busy' | 'good' | 'warn' | 'bad' | 'neutral'
  readonly label: string
  /** Why, and what to do. */
  readonly detail: string
}

const tones: Readonly<Record<PeerStatus['kind'], PillStatus['tone']>> = {
  starting: 'busy',
  offline: 'neutral',
  'relay-only': 'warn',
  limited: 'warn',
  connected: 'good',
}

/** The pill of a running peer. */
export function peerToPillStatus({ kind, label, detail }: PeerStatus): PillStatus {
  return { tone: tones[kind], label, detail }
}

/** The pill while no peer runs in this tab. */
export function shellToPillStatus(state: Exclude<ShellState, { kind: 'ready' }>): PillStatus {
  switch (state.kind) {
    case 'starting':
      return { tone: 'busy', label: 'Starting', detail: state.message }
    case 'follower':
      return {
        tone: 'neutral',
        label: 'Running in another tab',
        detail: 'Another tab of this browser is the peer. Choose “Use here” to go on in this one.',
      }
    case 'failed':
      return { tone: 'bad', label: 'Could not start', detail: state.error.message }
  }
}

import type { PeerId } from '../domain/identity/account.ts'
import type { LinkFailure } from '../domain/network/link-failure.ts'

/** What a direct link to a peer needs, in the order in which it is needed. */
export type SelfTestStep = 'websocket' | 'reservation' | 'stun' | 'turn' | 'data-channel'

/** What became of a step of the self-test. */
export interface SelfTestResult {
  readonly step: SelfTestStep
  /** `skipped` where there is nothing to test, such as a TURN server that the network does not have. */
  readonly outcome: 'passed' | 'failed' | 'skipped'
  /** How long it took; 0 when skipped. */
  readonly ms: number
  /** What failed; null when nothing did. */
  readonly failure: LinkFailure | null
  /** A sentence: what was found, or why not. */
  readonly detail: string
  /** A sentence: what to do; empty when there is nothing to do. */
  readonly hint: string
}

export interface SelfTestOptions {
  /** Peers to try a data channel to, if none is linked. */
  readonly candidates: readonly { readonly peerId: PeerId; readonly addresses: readonly string[] }[]
  /** Called as each step ends. */
  readonly onResult?: (result: SelfTestResult) => void
  readonly signal?: AbortSignal
}

import { isLoremeshError, LoremeshError } from '../../domain/kernel/errors.ts'
import { describeFailure, type LinkFailure } from '../../domain/network/link-failure.ts'
import { toNetworkError } from './abortable.ts'

/** Steps of a dial as libp2p tells them, in order, with what has failed when none of the later ones is reached. */
const steps: readonly (readonly [prefix: string, failure: LinkFailure])[] = [
  ['websockets:', 'websocket'],
  ['circuit-relay:open-connection', 'no-route'],
  ['circuit-relay:', 'peer-unreachable'],
  ['webrtc:open-signaling-stream', 'signalling'],
  ['webrtc:send-sdp-offer', 'signalling'],
  ['webrtc:read-sdp-answer', 'signalling'],
  ['webrtc:read-ice-candidates', 'ice'],
  ['webrtc:close-signaling-stream', 'data-channel'],
]

/** Names of libp2p's errors that say by themselves what failed. */
const names: Readonly<Record<string, LinkFailure>> = {
  DialDeniedError: 'refused',
  ConnectionDeniedError: 'refused',
  NoValidAddressesError: 'no-route',
  // ICE gives up after a longer time than any dial has: what ends the connection sooner is DTLS.
  SDPHandshakeFailedError: 'data-channel',
}

/** Follows one dial, to say what failed if it does. */
export interface DialWatch {
  /** To be given to libp2p. */
  onProgress(event: { readonly type: string }): void
  /** What failed, by how far the dial came on the best of its ways. */
  failure(error: unknown): LinkFailure
}

/** A watch for one dial. */
export function createDialWatch(): DialWatch {
  let reached = -1
  return {
    onProgress({ type }) {
      reached = Math.max(
        reached,
        steps.findIndex(([prefix]) => type.startsWith(prefix)),
      )
    },
    failure(error) {
      if (isLoremeshError(error, 'unavailable')) return 'too-many-connections'
      const name = error instanceof Error ? names[error.name] : undefined
      return name ?? steps[reached]?.[1] ?? 'timeout'
    },
  }
}

/** The error of a dial that failed, with what failed in its message and what to do in its hint. */
export function toDialError(error: unknown, failure: LinkFailure, doing: string): LoremeshError {
  if (isLoremeshError(error)) return error
  const { code } = toNetworkError(error, doing)
  const { meaning, hint } = describeFailure(failure)
  return new LoremeshError(code, `${doing} failed: ${meaning}`, hint, { cause: error })
}

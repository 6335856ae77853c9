import type { IceServer } from '../../protocols/network-info.ts'
import { toRtcIceServers, type WebRtcHost } from './transports.ts'

/** An address that a server told: `srflx`, as STUN servers see this peer, or `relay`, one of a TURN server. */
export type CandidateType = 'srflx' | 'relay'

/** What came of asking servers for an address. */
export interface GatheredCandidate {
  /** The first of the type that a server told; undefined when none did. */
  readonly address: string | undefined
  /** Why a server told none, as a clause; empty when that is unknown, as it always is in Node. */
  readonly refusal: string
}

/**
 * Asks the servers for an address of the type. Makes a WebRTC connection for it and closes it again. Takes until an address
 * is there, the host's ICE has given up, or the signal fires.
 */
export function gatherCandidate(
  webRtc: WebRtcHost,
  {
    iceServers,
    type,
    signal,
  }: {
    readonly iceServers: readonly IceServer[]
    readonly type: CandidateType
    readonly signal: AbortSignal
  },
): Promise<GatheredCandidate> {
  let refusal = ''
  const peerConnection = webRtc.createPeerConnection({
    iceServers: toRtcIceServers(iceServers),
    iceTransportPolicy: type === 'relay' ? 'relay' : 'all',
  })
  const found = new Promise<string | undefined>((resolve, reject) => {
    peerConnection.addEventListener('icecandidate', (event) => {
      const candidate = candidateOf(event)
      // Browsers tell the end of the gathering so; node-datachannel does not, and its state is ahead of its events.
      if (candidate === '') resolve(undefined)
      else if (typeOf(candidate) === type) resolve(addressOf(candidate))
    })
    peerConnection.addEventListener('icecandidateerror', (event) => (refusal = refusalOf(event)))
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
    if (signal.aborted) resolve(undefined)
    // Without a channel there is nothing to gather addresses for.
    peerConnection.createDataChannel('self-test')
    peerConnection
      .createOffer()
      .then((offer) => peerConnection.setLocalDescription(offer))
      .catch(reject)
  })
  return found.then((address) => ({ address, refusal })).finally(() => peerConnection.close())
}

/** The candidate's text; empty when there are no more. */
function candidateOf(event: Event): string {
  const { candidate } = event as Partial<RTCPeerConnectionIceEvent>
  return candidate?.candidate ?? ''
}

/** `turn:example.org:3478 answered 401 Unauthorized`. From 700 on a code is the browser's own, for no answer at all. */
function refusalOf(event: Event): string {
  const { url = 'A server', errorCode = 0, errorText = '' } = event as Partial<RTCPeerConnectionIceErrorEvent>
  return errorCode < 700 ? `${url} answered ${errorCode} ${errorText}` : `${url} did not answer`
}

/** The type in a candidate's text: `candidate:1 1 udp 2113937151 192.0.2.7 50110 typ host` (RFC 8839, section 5.1). */
function typeOf(candidate: string): string | undefined {
  return / typ (\S+)/.exec(candidate)?.[1]
}

function addressOf(candidate: string): string | undefined {
  return candidate.split(' ')[4]
}

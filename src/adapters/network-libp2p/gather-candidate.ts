import type { IceServer } from '../../protocols/network-info.ts'
import { toRtcIceServers, type WebRtcHost } from './transports.ts'

/** An address that a server told: `srflx`, as STUN servers see this peer, or `relay`, one of a TURN server. */
export type CandidateType = 'srflx' | 'relay'

/**
 * The first address of the type that the servers tell; undefined when they tell none. Makes a WebRTC connection for it and
 * closes it again. Takes until the host's ICE has given up, or until the signal fires.
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
): Promise<string | undefined> {
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
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
    if (signal.aborted) resolve(undefined)
    // Without a channel there is nothing to gather addresses for.
    peerConnection.createDataChannel('self-test')
    peerConnection
      .createOffer()
      .then((offer) => peerConnection.setLocalDescription(offer))
      .catch(reject)
  })
  return found.finally(() => peerConnection.close())
}

/** The candidate's text; empty when there are no more. */
function candidateOf(event: Event): string {
  const { candidate } = event as Partial<RTCPeerConnectionIceEvent>
  return candidate?.candidate ?? ''
}

/** The type in a candidate's text: `candidate:1 1 udp 2113937151 192.0.2.7 50110 typ host` (RFC 8839, section 5.1). */
function typeOf(candidate: string): string | undefined {
  return / typ (\S+)/.exec(candidate)?.[1]
}

function addressOf(candidate: string): string | undefined {
  return candidate.split(' ')[4]
}

import { describe, expect, it } from 'vitest'
import { gatherCandidate } from '../../../../src/adapters/network-libp2p/gather-candidate.ts'
import type { ProbeConnection, WebRtcHost } from '../../../../src/adapters/network-libp2p/transports.ts'

const HOST = 'candidate:1 1 udp 2113937151 a1b2.local 50110 typ host'
const SEEN = 'candidate:2 1 udp 1677729535 192.0.2.7 50111 typ srflx raddr 0.0.0.0 rport 0'
const RELAYED = 'candidate:3 1 udp 33562623 198.51.100.7 50112 typ relay raddr 192.0.2.7 rport 50111'

/** WebRTC that finds these candidates; tells what it was configured with and whether it was closed. */
function createHost(
  candidates: readonly (string | null)[],
  {
    offer = 'made',
    error,
  }: { readonly offer?: 'made' | 'refused'; readonly error?: Partial<RTCPeerConnectionIceErrorEvent> } = {},
) {
  const configurations: RTCConfiguration[] = []
  let closed = 0
  const webRtc: WebRtcHost = {
    maxPeerConnections: 3,
    collectSoon: () => undefined,
    createPeerConnection(configuration) {
      configurations.push(configuration)
      const events = new EventTarget()
      const connection: Omit<ProbeConnection, 'addEventListener'> = {
        createDataChannel: () => undefined,
        createOffer: () =>
          offer === 'made' ? Promise.resolve({ type: 'offer' }) : Promise.reject(new Error('No offer')),
        setLocalDescription() {
          if (error !== undefined) events.dispatchEvent(Object.assign(new Event('icecandidateerror'), error))
          for (const candidate of candidates) {
            const event = Object.assign(new Event('icecandidate'), {
              candidate: candidate === null ? null : { candidate },
            })
            events.dispatchEvent(event)
          }
          return Promise.resolve()
        },
        close: () => (closed += 1),
      }
      return Object.assign(events, connection)
    },
  }
  return { webRtc, configurations, closed: () => closed }
}

const iceServers = [{ urls: 'stun:stun.example:3478' }]
const nothing = { address: undefined, refusal: '' }
const { signal } = new AbortController()

describe('an address that a server tells', () => {
  it('is found among the others, and the connection is closed again', async () => {
    const host = createHost([HOST, SEEN, null])
    expect(await gatherCandidate(host.webRtc, { iceServers, type: 'srflx', signal })).toEqual({
      address: '192.0.2.7',
      refusal: '',
    })
    expect(host.closed()).toBe(1)
    expect(host.configurations[0]).toMatchObject({ iceServers, iceTransportPolicy: 'all' })
  })

  it('of a TURN server is asked for alone', async () => {
    const host = createHost([RELAYED, null])
    expect(await gatherCandidate(host.webRtc, { iceServers, type: 'relay', signal })).toEqual({
      address: '198.51.100.7',
      refusal: '',
    })
    expect(host.configurations[0]?.iceTransportPolicy).toBe('relay')
  })

  it('is missing when the gathering ends, or the time is up, without it', async () => {
    const ended = createHost([HOST, null])
    expect(await gatherCandidate(ended.webRtc, { iceServers, type: 'srflx', signal })).toEqual(nothing)
    const silent = createHost([HOST])
    const aborted = AbortSignal.abort()
    expect(await gatherCandidate(silent.webRtc, { iceServers, type: 'srflx', signal: aborted })).toEqual(
      nothing,
    )
    expect(silent.closed()).toBe(1)
  })

  it('is missing with the reason that the browser tells', async () => {
    const url = 'turn:turn.example:3478?transport=udp'
    const reasonOf = async (error: Partial<RTCPeerConnectionIceErrorEvent>) => {
      const { webRtc } = createHost([null], { error: { url, ...error } })
      return (await gatherCandidate(webRtc, { iceServers, type: 'relay', signal })).refusal
    }
    expect(await reasonOf({ errorCode: 401, errorText: 'Unauthorized.' })).toBe(
      'turn:turn.example:3478?transport=udp answered 401 Unauthorized.',
    )
    expect(await reasonOf({ errorCode: 701, errorText: 'TURN allocate request timed out.' })).toBe(
      'turn:turn.example:3478?transport=udp did not answer',
    )
  })

  it('is an error when WebRTC makes no offer', async () => {
    const host = createHost([], { offer: 'refused' })
    await expect(gatherCandidate(host.webRtc, { iceServers, type: 'srflx', signal })).rejects.toThrow(
      'No offer',
    )
    expect(host.closed()).toBe(1)
  })
})

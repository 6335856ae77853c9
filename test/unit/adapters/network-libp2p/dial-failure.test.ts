import { describe, expect, it } from 'vitest'
import { createDialWatch, toDialError } from '../../../../src/adapters/network-libp2p/dial-failure.ts'
import { LoremeshError } from '../../../../src/domain/kernel/errors.ts'
import type { LinkFailure } from '../../../../src/domain/network/link-failure.ts'

function named(name: string): Error {
  return Object.assign(new Error('It did not work'), { name })
}

/** What is said to have failed of a dial that came so far. */
function failureAfter(steps: readonly string[], error = named('TimeoutError')): LinkFailure {
  const watch = createDialWatch()
  for (const type of steps) watch.onProgress({ type })
  return watch.failure(error)
}

const toRelay = ['dial-queue:start-dial', 'transport-manager:selected-transport']
const throughRelay = [
  ...toRelay,
  'webrtc:dial-relay',
  'circuit-relay:reuse-connection',
  'circuit-relay:open-hop-stream',
  'circuit-relay:read-connect-response',
]
const toPeer = [...throughRelay, 'webrtc:open-signaling-stream']
const offered = [...toPeer, 'webrtc:send-sdp-offer', 'webrtc:read-sdp-answer']

describe('a dial that failed', () => {
  it('is named for the step that it did not get past', () => {
    expect(failureAfter(toRelay)).toBe('timeout')
    expect(failureAfter([...toRelay, 'websockets:open-connection'])).toBe('websocket')
    expect(failureAfter([...toRelay, 'circuit-relay:open-connection'])).toBe('no-route')
    expect(failureAfter(throughRelay)).toBe('peer-unreachable')
    expect(failureAfter(toPeer)).toBe('signalling')
    expect(failureAfter(offered)).toBe('signalling')
    expect(failureAfter([...offered, 'webrtc:read-ice-candidates'])).toBe('ice')
    expect(failureAfter([...offered, 'webrtc:read-ice-candidates', 'webrtc:close-signaling-stream'])).toBe(
      'data-channel',
    )
  })

  it('is named for the way that led furthest, when several were tried', () => {
    expect(failureAfter([...offered, 'webrtc:read-ice-candidates', ...throughRelay])).toBe('ice')
  })

  it('is named for its error where that says more', () => {
    expect(failureAfter(toRelay, named('DialDeniedError'))).toBe('refused')
    expect(failureAfter(toRelay, named('NoValidAddressesError'))).toBe('no-route')
    const onIce = [...offered, 'webrtc:read-ice-candidates']
    expect(failureAfter(onIce, named('SDPHandshakeFailedError'))).toBe('data-channel')
    expect(failureAfter(toRelay, new LoremeshError('unavailable', 'Enough'))).toBe('too-many-connections')
  })

  it('becomes an error that says so, and what to do', () => {
    const error = toDialError(named('TimeoutError'), 'ice', 'Dialling 3GvHs9')
    expect(error.code).toBe('timeout')
    expect(error.message).toBe('Dialling 3GvHs9 failed: No pair of addresses let packets through.')
    expect(error.hint).toMatch(/TURN server would help/)
    const own = new LoremeshError('unavailable', 'Enough')
    expect(toDialError(own, 'timeout', 'Dialling')).toBe(own)
  })
})

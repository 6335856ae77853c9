import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import {
  holdCandidates,
  isInitiateConnection,
  mendInitiateConnection,
} from '../../../../src/adapters/network-libp2p/node-webrtc-fix.ts'

const path = fileURLToPath(
  new URL('./private-to-private/initiate-connection.js', import.meta.resolve('@libp2p/webrtc')),
)
const code = readFileSync(path, 'utf8')

describe('the fix of the init channel', () => {
  it('fits the installed version of @libp2p/webrtc', () => {
    expect(isInitiateConnection(path)).toBe(true)
    expect(isInitiateConnection(`${path}?v=1a2b`)).toBe(true)
    const mended = mendInitiateConnection(code)
    expect(mended).not.toContain('pEvent(channel')
    expect(mended).toContain("await until('open', 'closing', 'closed')")
  })

  it('fails loudly when the code is another one', () => {
    expect(isInitiateConnection(path.replace('initiate', 'other'))).toBe(false)
    expect(() => mendInitiateConnection(code.replace("'open'", "'opened'"))).toThrow(
      '@libp2p/webrtc has changed',
    )
    expect(() => mendInitiateConnection(mendInitiateConnection(code))).toThrow('@libp2p/webrtc has changed')
  })
})

describe('holding back candidates', () => {
  it('fits the installed version, mended or not, and sends them after the answer is set', () => {
    for (const source of [code, mendInitiateConnection(code)]) {
      const held = holdCandidates(source)
      expect(held.indexOf('early.forEach(sendCandidate)')).toBeGreaterThan(
        held.indexOf('setRemoteDescription(answerSdp)'),
      )
      expect(held.indexOf('peerConnection.onicecandidate = sendCandidate')).toBeGreaterThan(0)
    }
  })

  it('fails loudly when the code is another one', () => {
    expect(() => holdCandidates(code.replace('{ candidate }', '{ other }'))).toThrow(
      '@libp2p/webrtc has changed',
    )
  })
})

import { describe, expect, it } from 'vitest'
import { describeStatus } from '../../../src/peer/status.ts'
import { sampleAuthorities, sampleNetwork } from '../../support/sample-network.ts'

const tooFew = { ...sampleAuthorities, answering: 2, silent: 2, tooFewSinceMs: 1 }
const alone = { ...sampleNetwork, phase: 'relay-only' as const, reason: 'Nobody else yet.', links: [] }
const cutOff = { ...sampleNetwork, phase: 'peers-only' as const, reason: 'The relay is away.' }

describe('the status', () => {
  it('counts the peers that are linked while everything answers', () => {
    expect(describeStatus(sampleNetwork, sampleAuthorities, undefined)).toMatchObject({
      kind: 'connected',
      label: 'Connected, 4 peers (3 direct)',
    })
  })

  it('does not call a peer connected that reaches others, but not the server', () => {
    const { kind, label, detail } = describeStatus(cutOff, sampleAuthorities, undefined)
    expect([kind, label]).toEqual(['limited', 'No server, 4 peers (3 direct)'])
    expect(detail).toContain('The relay is away. The peers that are linked can still be asked')
    expect(detail).not.toContain('authorities')
  })

  it('says when payments wait because too few authorities answer', () => {
    const { kind, label, detail } = describeStatus(sampleNetwork, tooFew, undefined)
    expect([kind, label]).toEqual(['limited', 'Payments wait, 4 peers (3 direct)'])
    expect(detail).toContain('Too few authorities answer')
    expect(describeStatus(cutOff, tooFew, undefined).detail).toContain('Too few authorities answer')
    expect(describeStatus(alone, tooFew, undefined)).toMatchObject({
      kind: 'relay-only',
      label: 'Relay only',
    })
    expect(describeStatus(alone, tooFew, undefined).detail).toContain('Too few authorities answer')
  })

  it('says when others get nothing from here, and why', () => {
    const onBattery = describeStatus(sampleNetwork, sampleAuthorities, 'battery')
    expect(onBattery).toMatchObject({ kind: 'limited', label: 'Not serving, 4 peers (3 direct)' })
    expect(onBattery.detail).toContain('while the device runs on battery')
    expect(describeStatus(alone, sampleAuthorities, 'daily-volume').detail).toContain(
      'nothing more from here today',
    )
    expect(describeStatus(sampleNetwork, tooFew, 'battery').label).toBe('Payments wait, 4 peers (3 direct)')
  })
})

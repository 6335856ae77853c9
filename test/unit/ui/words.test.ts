import { describe, expect, it } from 'vitest'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { shellToPillStatus } from '../../../src/ui/frame/pill-status.ts'
import { problemText, toProblem } from '../../../src/ui/problem.ts'
import { groupTroubles } from '../../../src/ui/screens/ask/group-troubles.ts'
import { adviceFor } from '../../../src/ui/screens/ask/trouble-advice.ts'
import { describeAuthorities } from '../../../src/ui/screens/network/describe-authorities.ts'
import { describeLink, roundTripText } from '../../../src/ui/screens/network/describe-link.ts'
import { networkDiagnostics } from '../../../src/ui/screens/network/diagnostics.ts'
import { sampleAuthorities, sampleNetwork, sampleStatus } from '../../support/sample-network.ts'
import { samplePeerId } from '../../support/sample-peer-ids.ts'

describe('problems', () => {
  it('say what happened and what to do, as sentences', () => {
    const problem = toProblem(new LoremeshError('timeout', 'No answer in time', 'Try again'))
    expect(problemText(problem)).toBe('No answer in time. Try again.')
    expect(problemText({ message: 'Really?', hint: '' })).toBe('Really?')
  })

  it('offer a way on when tokens or the limit do not suffice', () => {
    expect(adviceFor('price-above-limit')).toBe('raise-limit')
    expect(adviceFor('insufficient-balance')).toBe('earn')
    expect(adviceFor('timeout')).toBeNull()
  })
})

describe('troubles', () => {
  const trouble = (code: 'price-above-limit' | 'timeout', message: string) => ({
    provider: samplePeerId(1),
    code,
    message,
    hint: code,
  })

  it('of one kind are told once', () => {
    const groups = groupTroubles([
      trouble('price-above-limit', '“A” was left out'),
      trouble('timeout', 'No answer in time'),
      trouble('price-above-limit', '“B” was left out'),
    ])
    expect(groups.map(({ message, hint, troubles }) => [message, hint, troubles.length])).toEqual([
      ['2 offers were left out: they cost more than the limit per question leaves', 'price-above-limit', 2],
      ['No answer in time', 'timeout', 1],
    ])
  })
})

describe('the pill without a peer', () => {
  it('says that another tab runs', () => {
    expect(shellToPillStatus({ kind: 'follower', takeOver: () => undefined }).label).toBe(
      'Running in another tab',
    )
  })
})

describe('network diagnostics', () => {
  it('are JSON with every link, also before the first round trip', () => {
    const text = networkDiagnostics(samplePeerId(0), sampleStatus, sampleNetwork, sampleAuthorities)
    const { links } = JSON.parse(text) as { links: { rttMs: number | null }[] }
    expect(links).toHaveLength(sampleNetwork.links.length)
    expect(links.map(({ rttMs }) => rttMs)).toContain(null)
  })
})

describe('the authorities', () => {
  it('are counted beside how many are needed, once there was a sign of some', () => {
    expect(describeAuthorities(sampleAuthorities)).toMatchObject({ answering: '4 of 4', needed: '3 of 4' })
    const unasked = describeAuthorities({ ...sampleAuthorities, answering: 0 })
    expect(unasked.answering).toBe('Not asked yet')
    const tooFew = { ...sampleAuthorities, answering: 0, silent: 2, tooFewSinceMs: 1 }
    expect(describeAuthorities(tooFew)).toMatchObject({ answering: '0 of 4' })
    expect(describeAuthorities(tooFew).meaning).toContain('within credit lines')
  })
})

describe('a link', () => {
  it('is named for how it runs, the server for what it does', () => {
    expect(describeLink({ kind: 'webrtc', isServer: false }).word).toBe('Direct')
    expect(describeLink({ kind: 'relay', isServer: false }).word).toBe('Relayed')
    expect(describeLink({ kind: 'websocket', isServer: true }).word).toBe('Server')
  })

  it('has a round trip without false precision', () => {
    expect([NaN, 0, 0.4, 18.2, 241.6, 1240].map(roundTripText)).toEqual([
      '–',
      '<1 ms',
      '<1 ms',
      '18 ms',
      '242 ms',
      '1.2 s',
    ])
  })
})

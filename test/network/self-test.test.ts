import { afterEach, describe, expect, test } from 'vitest'
import { withTurnCredentials } from '../../signaling/turn-credentials.ts'
import type { SelfTestResult } from '../../src/ports/self-test.ts'
import { authority, testIdentity } from '../support/ledger.ts'
import { addressOf, createTestBed, until } from '../support/libp2p-peers.ts'
import { startStunServer } from '../support/stun-server.ts'
import { startTurnServer, type TurnServer } from '../support/turn-server.ts'

const bed = createTestBed()
afterEach(() => bed.stopAll())

const outcomes = (results: readonly SelfTestResult[]) =>
  results.map(({ step, outcome, failure }) => [step, outcome, failure])

describe('the self-test', () => {
  test('finds that all of it works, and tells so step by step', async () => {
    const stun = await startStunServer({ address: '192.0.2.7', port: 50_110 })
    const relay = addressOf(await bed.startRelay())
    const anna = await bed.startPeer(testIdentity(1), relay, {}, { iceServers: [{ urls: stun.url }] })
    const ben = await bed.startPeer(testIdentity(2), relay)
    const told: SelfTestResult[] = []
    const candidates = [{ peerId: ben.identity.peerId, addresses: [] }]
    const results = await anna.network.selfTest({ candidates, onResult: (result) => told.push(result) })
    expect(outcomes(results)).toEqual([
      ['websocket', 'passed', null],
      ['reservation', 'passed', null],
      ['stun', 'passed', null],
      ['turn', 'skipped', null],
      ['data-channel', 'passed', null],
    ])
    expect(told).toEqual(results)
    expect(results[2]?.detail).toBe('Others see this peer at 192.0.2.7.')

    // The link stands now: the next test uses it.
    const [, , , , again] = await anna.network.selfTest({ candidates: [] })
    expect(again?.detail).toMatch(/answers directly after \d+ ms\.$/)
    stun.stop()
  })

  test('names what fails, and says what to do', async () => {
    const relay = await bed.startRelay()
    const anna = await bed.startPeer(testIdentity(1), addressOf(relay), {}, { dialTimeoutMs: 500 })
    await relay.stop()
    await until(anna.network.state, ({ phase }) => phase === 'offline')
    const candidates = [{ peerId: testIdentity(2).peerId, addresses: [] }]
    const results = await anna.network.selfTest({ candidates })
    expect(outcomes(results)).toEqual([
      ['websocket', 'failed', 'websocket'],
      ['reservation', 'failed', 'reservation'],
      ['stun', 'skipped', null],
      ['turn', 'skipped', null],
      ['data-channel', 'failed', 'data-channel'],
    ])
    for (const { outcome, hint } of results) expect(hint === '').toBe(outcome === 'skipped')
  })

  test('is ended by its signal', async () => {
    const anna = await bed.startPeer(testIdentity(1), addressOf(await bed.startRelay()))
    const stopped = AbortSignal.abort()
    await expect(anna.network.selfTest({ candidates: [], signal: stopped })).rejects.toMatchObject({
      name: 'AbortError',
    })
  })
})

describe('the self-test of a network with a TURN server', () => {
  /** What it says of TURN to a peer whose credentials are made with a secret. */
  async function testTurn(turn: TurnServer, secret: string): Promise<SelfTestResult | undefined> {
    const iceServers = withTurnCredentials([{ urls: turn.url }], { secret, nowMs: Date.now() })
    const relay = addressOf(await bed.startRelay())
    const anna = await bed.startPeer(testIdentity(1), relay, {}, { iceServers })
    const results = await anna.network.selfTest({ candidates: [] })
    return results.find(({ step }) => step === 'turn')
  }

  test('gets an address there by credentials of the network’s server', async () => {
    const turn = await startTurnServer('north', { address: '192.0.2.9', port: 50_120 })
    expect(await testTurn(turn, 'north')).toMatchObject({
      outcome: 'passed',
      detail: 'Others see this peer at 192.0.2.9.',
    })
    expect(turn.refusals()).toBe(0)
    turn.stop()
  })

  test('names it when the two servers share no secret', async () => {
    const turn = await startTurnServer('north', { address: '192.0.2.9', port: 50_120 })
    expect(await testTurn(turn, 'south')).toMatchObject({ outcome: 'failed', failure: 'turn' })
    expect(turn.refusals()).toBeGreaterThan(0)
    turn.stop()
  })
})

describe('the log of the network', () => {
  test('tells of relays and links that came and went, and what failed', async () => {
    const relay = await bed.startRelay()
    const anna = await bed.startPeer(testIdentity(1), addressOf(relay), {}, { dialTimeoutMs: 2_000 })
    const ben = await bed.startPeer(testIdentity(2), addressOf(relay))
    await anna.network.connect(ben.identity.peerId, [])
    await anna.network.connect(testIdentity(9).peerId, []).catch(() => undefined)
    await ben.network.stop()
    await relay.stop()
    const { log } = await until(anna.network.state, ({ phase }) => phase === 'offline')
    // Ben leads others to Anna, and soon does not any more, as soon as there is time for it.
    const events = log
      .filter(({ kind, peerId }) => kind !== 'relay' || peerId === authority.peerId)
      .map(({ kind, peerId, failure }) => [kind, peerId, failure])
    expect(events).toEqual([
      ['relay', authority.peerId, null],
      ['relay', authority.peerId, null],
      ['peer', ben.identity.peerId, null],
      ['peer', testIdentity(9).peerId, 'peer-unreachable'],
      ['peer', ben.identity.peerId, null],
      ['relay', authority.peerId, 'websocket'],
    ])
  })

  test('stands beside what each link carries and where it leads', async () => {
    const relay = addressOf(await bed.startRelay())
    const anna = await bed.startPeer(testIdentity(1), relay)
    const ben = await bed.startPeer(testIdentity(2), relay)
    await anna.network.connect(ben.identity.peerId, [])
    const { links, relays, peerConnectionsMade } = await until(
      anna.network.state,
      (state) =>
        state.links.length === 2 && state.links.every(({ networkGroup }) => networkGroup === 'local'),
    )
    expect(links.every(({ bytesIn, bytesOut }) => bytesIn > 0 && bytesOut > 0)).toBe(true)
    expect(relays.find(({ isServer }) => isServer)).toMatchObject({ status: 'reserved', lastFailure: '' })
    expect(peerConnectionsMade).toBe(1)
  })
})

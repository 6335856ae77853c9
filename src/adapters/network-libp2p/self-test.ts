import { shortPeerId } from '../../domain/identity/account.ts'
import { toLoremeshError } from '../../domain/kernel/errors.ts'
import { describeFailure, type LinkFailure } from '../../domain/network/link-failure.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Randomness } from '../../ports/randomness.ts'
import type { SelfTestOptions, SelfTestResult, SelfTestStep } from '../../ports/self-test.ts'
import type { IceServer } from '../../protocols/network-info.ts'
import { toLibp2pPeerId, type ServerAddress } from './addresses.ts'
import type { Dialer } from './dialing.ts'
import { gatherCandidate, type CandidateType } from './gather-candidate.ts'
import type { Links } from './links.ts'
import type { PeerConnections } from './peer-connections.ts'
import { measureRoundTrip } from './round-trip.ts'
import type { PeerNode } from './start-libp2p.ts'
import type { WebRtcHost } from './transports.ts'

const STEP_TIMEOUT_MS = 5_000
const CHANNEL_TIMEOUT_MS = 15_000
/** Peers to which a data channel is tried. */
const MAX_TRIED_PEERS = 3

type Ended = Pick<SelfTestResult, 'outcome' | 'failure' | 'detail'>

function passed(detail: string): Ended {
  return { outcome: 'passed', failure: null, detail }
}

function skipped(detail: string): Ended {
  return { outcome: 'skipped', failure: null, detail }
}

function failed(failure: LinkFailure, detail = describeFailure(failure).meaning): Ended {
  return { outcome: 'failed', failure, detail }
}

/** Tries what a direct link needs, as the network port says. */
export type SelfTest = (options: SelfTestOptions) => Promise<readonly SelfTestResult[]>

/** The self-test of a peer that is joined to `relays` and uses `iceServers`. */
export function createSelfTest(
  components: {
    readonly node: PeerNode
    readonly links: Links
    readonly dialer: Dialer
    readonly webRtc: WebRtcHost | undefined
    readonly peerConnections: PeerConnections
    readonly clock: Clock
    readonly randomness: Randomness
  },
  options: { readonly relays: readonly ServerAddress[]; readonly iceServers: readonly IceServer[] },
): SelfTest {
  const { node, links, dialer, webRtc, peerConnections, clock, randomness } = components
  const { relays, iceServers } = options
  const urlsOf = (scheme: 'stun' | 'turn') => iceServers.filter(({ urls }) => urls.startsWith(scheme))

  /** The WebSocket to the first relay that answers. */
  async function testWebSocket(signal: AbortSignal): Promise<Ended> {
    if (relays.length === 0) return skipped('No relay is configured.')
    const { peerId } = await Promise.any(relays.map((relay) => dialer.connect(relay.peerId, [], signal)))
    const connection = links.bestConnection(peerId)
    if (connection === undefined) return failed('websocket')
    await measureRoundTrip(connection, { clock, randomness })
    return passed(`The server answers after ${milliseconds(connection.rtt)}.`)
  }

  async function testReservation(signal: AbortSignal): Promise<Ended> {
    const { reservations } = node.services
    const linked = links.list().filter(({ kind }) => kind !== 'relay')
    const asked = linked.filter(
      ({ peerId }) => reservations.has(peerId) || relays.some((relay) => relay.peerId === peerId),
    )
    if (asked.length === 0) return failed('reservation', 'No relay is connected that could be asked.')
    await Promise.any(
      asked.map(async ({ peerId }) => {
        if (!reservations.has(peerId)) await reservations.reserve(toLibp2pPeerId(peerId))
      }),
    )
    signal.throwIfAborted()
    const given = asked.filter(({ peerId }) => reservations.has(peerId)).length
    return passed(
      given === 1 ? 'One relay or peer leads others here.' : `${given} relays and peers lead others here.`,
    )
  }

  async function testCandidate(
    scheme: 'stun' | 'turn',
    type: CandidateType,
    signal: AbortSignal,
  ): Promise<Ended> {
    const servers = urlsOf(scheme)
    if (servers.length === 0) return skipped(`The network names no ${scheme.toUpperCase()} server.`)
    if (webRtc === undefined) return failed(scheme, 'There is no WebRTC here.')
    peerConnections.take()
    const { address, refusal } = await gatherCandidate(webRtc, { iceServers: servers, type, signal })
    if (address === undefined) return failed(scheme, refusal === '' ? undefined : asSentence(refusal))
    return passed(`Others see this peer at ${address}.`)
  }

  /** The data channel of a link that stands, or of one that is made to a candidate. */
  async function testDataChannel(
    candidates: SelfTestOptions['candidates'],
    signal: AbortSignal,
  ): Promise<Ended> {
    const linked = links.list().find(({ kind }) => kind === 'webrtc')
    const connection = linked === undefined ? undefined : links.bestConnection(linked.peerId)
    if (linked !== undefined && connection !== undefined) {
      await measureRoundTrip(connection, { clock, randomness })
      return passed(`${shortPeerId(linked.peerId)} answers directly after ${milliseconds(connection.rtt)}.`)
    }
    if (candidates.length === 0) return skipped('Nobody else is known to whom one could be opened.')
    const tried = candidates.slice(0, MAX_TRIED_PEERS)
    const attempts = tried.map(async ({ peerId, addresses }) => {
      const link = await dialer.connect(peerId, addresses, signal)
      return link.kind === 'webrtc'
        ? passed(`A direct link to ${shortPeerId(peerId)} opened.`)
        : failed('ice', `${shortPeerId(peerId)} is reached through the relay only.`)
    })
    const ended = await Promise.allSettled(attempts)
    const ends = ended.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const [refusal] = ended.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
    return (
      ends.find(({ outcome }) => outcome === 'passed') ?? ends[0] ?? failed('data-channel', reasonOf(refusal))
    )
  }

  return async ({ candidates, onResult, signal }) => {
    const results: SelfTestResult[] = []

    async function run(
      step: SelfTestStep,
      failure: LinkFailure,
      test: (deadline: AbortSignal) => Promise<Ended>,
      limitMs = STEP_TIMEOUT_MS,
    ): Promise<void> {
      signal?.throwIfAborted()
      const startMs = clock.monotonicMs()
      const ended = await test(clock.deadline(limitMs, signal)).catch((error: unknown) =>
        failed(failure, reasonOf(error)),
      )
      signal?.throwIfAborted()
      const result = {
        step,
        ...ended,
        ms: ended.outcome === 'skipped' ? 0 : clock.monotonicMs() - startMs,
        hint: ended.failure === null ? '' : describeFailure(ended.failure).hint,
      }
      results.push(result)
      onResult?.(result)
    }

    await run('websocket', 'websocket', testWebSocket)
    await run('reservation', 'reservation', testReservation)
    await run('stun', 'stun', (deadline) => testCandidate('stun', 'srflx', deadline))
    await run('turn', 'turn', (deadline) => testCandidate('turn', 'relay', deadline))
    await run(
      'data-channel',
      'data-channel',
      (deadline) => testDataChannel(candidates, deadline),
      CHANNEL_TIMEOUT_MS,
    )
    return results
  }
}

function milliseconds(ms: number | undefined): string {
  return ms === undefined ? 'a moment' : `${Math.max(1, Math.round(ms))} ms`
}

/** Why something failed, as a sentence: of several attempts why the first did. */
function reasonOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  return asSentence(toLoremeshError(first).message)
}

function asSentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`
}

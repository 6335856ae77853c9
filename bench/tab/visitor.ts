/** Somebody who comes, asks one peer one question, and leaves. */
import { openLibp2pNetwork, toNetworkOptions } from '../../src/adapters/network-libp2p/open-libp2p-network.ts'
import { tabTransports } from '../../src/adapters/network-libp2p/tab-transports.ts'
import { createTabClock } from '../../src/adapters/system-tab/tab-clock.ts'
import { createTabRandomness } from '../../src/adapters/system-tab/tab-randomness.ts'
import { createWebCryptoSignatureVerifier } from '../../src/adapters/webcrypto/webcrypto-signature-verifier.ts'
import { parsePeerId } from '../../src/domain/identity/account.ts'
import { createIdentity } from '../../src/domain/identity/identity.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { NetworkHandlers } from '../../src/ports/network.ts'
import { loadNetworkInfo } from '../../src/tab/network-info.ts'

/** What a visit came to. */
export interface Visit {
  /** Until the direct link stood, and until the answer was there. */
  readonly linkMs: number
  readonly answerMs: number
  readonly hits: number
  readonly transport: string
}

const VISIT_TIMEOUT_MS = 30_000

const refuse = (): Promise<never> =>
  Promise.reject(new LoremeshError('unsupported', 'A visitor serves nothing'))

/** A visitor shares nothing and spreads nothing. */
const visitorHandlers: NetworkHandlers = {
  onSearch: () => Promise.resolve([]),
  onSession: refuse,
  onTake: refuse,
  onVoucher: refuse,
  onHolders: () => Promise.resolve([]),
  onAnnounced: () => Promise.resolve([]),
  onDescriptors: () => Promise.resolve([]),
  onLog: refuse,
  onGossip: () => 'ignore',
  onLinkOpened: () => undefined,
}

/** Joins as a peer that never was before, asks `host` the question, and leaves with a goodbye. */
export async function visit(host: string, question: string): Promise<Visit> {
  const info = await loadNetworkInfo(new URL(location.origin), localStorage)
  const clock = createTabClock()
  const randomness = createTabRandomness()
  const { network } = await openLibp2pNetwork(
    {
      identity: createIdentity(randomness.bytes(32)),
      clock,
      randomness,
      genesis: info.genesis,
      verifier: createWebCryptoSignatureVerifier(),
      transports: tabTransports,
    },
    toNetworkOptions(info),
  )
  const startMs = performance.now()
  const deadline = clock.deadline(VISIT_TIMEOUT_MS)
  await network.start(visitorHandlers)
  try {
    const peerId = parsePeerId(host)
    const link = await network.connect(peerId, [], deadline)
    const linkMs = performance.now() - startMs
    const request = { question, tags: [], vector: null, limit: 5 }
    const hits = await network.search(peerId, request, deadline)
    return { linkMs, answerMs: performance.now() - startMs, hits: hits.length, transport: link.kind }
  } finally {
    await network.stop()
  }
}

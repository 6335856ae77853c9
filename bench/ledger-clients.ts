import { randomBytes } from 'node:crypto'
import { multiaddr } from '@multiformats/multiaddr'
import { createLedgerCertifier } from '../src/adapters/network-libp2p/ledger-certifier.ts'
import { nodeTransports } from '../src/adapters/network-libp2p/node-transports.ts'
import { openRequester, type StreamRequester } from '../src/adapters/network-libp2p/requester.ts'
import { createNode } from '../src/adapters/network-libp2p/start-libp2p.ts'
import { createNodeClock } from '../src/adapters/system-node/node-clock.ts'
import { parsePeerId, type Account, type PeerId } from '../src/domain/identity/account.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import { toMicroTokens } from '../src/domain/kernel/micro-tokens.ts'
import type { AccountState } from '../src/domain/ledger/account-state.ts'
import { collectEntry, openEntry, payEntry } from '../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../src/domain/ledger/entry-codec.ts'
import type { Entry } from '../src/domain/ledger/entry.ts'
import { stateAfter } from '../src/domain/ledger/state-after.ts'
import { createLedgerView } from '../src/peer/ledger-view.ts'
import { MAX_LEDGER_ANSWER_BYTES } from '../src/protocols/ledger-replies.ts'
import { LEDGER_PROTOCOL } from '../src/protocols/ledger.ts'
import type { NetworkInfo } from '../src/protocols/network-info.ts'
import { createNativeSignatureVerifier, withNativeSigning } from '../signaling/native-signatures.ts'
import { newIdentity } from '../test/support/node-peer.ts'
import { testDht } from '../test/support/test-dht.ts'

const DIAL_TIMEOUT_MS = 10_000
const ANSWER_TIMEOUT_MS = 30_000
/** Payments after which a client waits until slow authorities have caught up. */
const UNDELIVERED = 8
const PAID = toMicroTokens(1)

/** A payer that does nothing but have entries certified, over one connection to each authority. */
export interface LedgerClient {
  readonly account: Account
  /** Pays an account the least there is; resolves once the entry has its certificate. */
  pay(to: Account): Promise<void>
  /** Resolves when every authority knows what became certified. */
  delivered(): Promise<void>
  stop(): Promise<void>
}

/** Starts a client with an open account that has its starter tokens. */
export async function startLedgerClient(info: NetworkInfo): Promise<LedgerClient> {
  const { genesis } = info
  const identity = withNativeSigning(newIdentity())
  const { account } = identity
  const node = await createNode(
    { identity, transports: await nodeTransports({ iceServers: [] }) },
    { listen: [], dialTimeoutMs: DIAL_TIMEOUT_MS, gater: { denyDialMultiaddr: () => false }, dht: testDht },
  )
  await node.start()
  const requesters = new Map<PeerId, StreamRequester>()
  for (const address of info.authorities) {
    const connection = await node.dial(multiaddr(address))
    const stream = await connection.newStream(LEDGER_PROTOCOL)
    requesters.set(
      parsePeerId(connection.remotePeer.toString()),
      openRequester(stream, MAX_LEDGER_ANSWER_BYTES),
    )
  }
  const certifier = createLedgerCertifier(
    {
      account,
      genesis,
      verifier: createNativeSignatureVerifier(),
      ask(authority, body, signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS)) {
        const requester = requesters.get(authority)
        if (requester !== undefined) return requester.request(body, signal)
        return Promise.reject(new LoremeshError('not-connected', 'There is no connection to this authority'))
      },
    },
    { authorities: [...requesters.keys()] },
  )
  const view = createLedgerView({ genesis, clock: createNodeClock() })

  async function write(entry: Entry, before: AccountState | undefined): Promise<AccountState> {
    const signed = signEntry(identity, entry)
    await certifier.certify(signed)
    return stateAfter(signed, before)
  }

  const opened = await write(openEntry(account, view.moment(), view.lookup()), undefined)
  const terms = { checkpoint: 0, amount: genesis.starterGrant }
  const grant = await certifier.requestStarterGrant(terms)
  let state = await write(collectEntry(opened, grant, view.moment(), view.lookup()), opened)
  return {
    account,
    async pay(to) {
      const moment = view.moment()
      const expiresAtMs = moment.timestampMs + genesis.paymentWindowMs
      const terms = { to, amount: PAID, invoice: new Uint8Array(randomBytes(32)), expiresAtMs }
      state = await write(payEntry(state, terms, moment, view.lookup()), state)
    },
    delivered: () => certifier.delivered(),
    stop: async () => node.stop(),
  }
}

/**
 * Milliseconds until a payment is certified, one payment after another: each client pays the next one in turn until there
 * are so many.
 */
export async function measureCertificates(
  clients: readonly LedgerClient[],
  count: number,
): Promise<number[]> {
  const samples: number[] = []
  for (const { payer, payee } of turns(clients, count)) {
    const startMs = performance.now()
    await payer.pay(payee)
    samples.push(performance.now() - startMs)
  }
  return samples
}

/**
 * Certified entries per second when all clients pay at once, each the next one, so many times; until every authority knows
 * all of them.
 */
export async function measureThroughput(
  clients: readonly LedgerClient[],
  paymentsEach: number,
): Promise<number> {
  const startMs = performance.now()
  await Promise.all(
    clients.map(async (payer, at) => {
      const payee = clients[(at + 1) % clients.length] ?? payer
      for (let paid = 1; paid <= paymentsEach; paid++) {
        await payer.pay(payee.account)
        if (paid % UNDELIVERED === 0 || paid === paymentsEach) await payer.delivered()
      }
    }),
  )
  return (clients.length * paymentsEach) / ((performance.now() - startMs) / 1_000)
}

function turns(clients: readonly LedgerClient[], count: number) {
  return Array.from({ length: count }, (_, turn) => {
    const payer = clients[turn % clients.length]
    const payee = clients[(turn + 1) % clients.length]
    if (payer === undefined || payee === undefined) throw new Error('There are no clients')
    return { payer, payee: payee.account }
  })
}

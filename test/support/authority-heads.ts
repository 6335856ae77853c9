import { multiaddr } from '@multiformats/multiaddr'
import { nodeTransports } from '../../src/adapters/network-libp2p/node-transports.ts'
import { openRequester } from '../../src/adapters/network-libp2p/requester.ts'
import { createNode, type PeerNode } from '../../src/adapters/network-libp2p/start-libp2p.ts'
import type { Account } from '../../src/domain/identity/account.ts'
import { MAX_LEDGER_ANSWER_BYTES, parseHeadReply } from '../../src/protocols/ledger-replies.ts'
import { encodeLedgerRequest, LEDGER_PROTOCOL } from '../../src/protocols/ledger.ts'
import { newIdentity, readInfo } from './node-peer.ts'
import type { TestServer } from './start-server.ts'
import { testDht } from './test-dht.ts'

const ANSWER_TIMEOUT_MS = 10_000

/** Asks every authority of a network by itself, as no peer does. */
export interface AuthorityHeads {
  /** The newest certified entry of an account at each authority, in the order of the genesis; null for none, or no answer. */
  of(account: Account): Promise<readonly (string | null)[]>
  stop(): Promise<void>
}

/** Joins the network of a server. */
export async function openAuthorityHeads(server: Pick<TestServer, 'url'>): Promise<AuthorityHeads> {
  const { authorities, iceServers } = await readInfo(server)
  const node: PeerNode = await createNode(
    { identity: newIdentity(), transports: await nodeTransports({ iceServers }) },
    { listen: [], dialTimeoutMs: ANSWER_TIMEOUT_MS, gater: {}, dht: testDht },
  )
  await node.start()

  async function ask(address: string, account: Account): Promise<string | null> {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
    const stream = await node.dialProtocol(multiaddr(address), LEDGER_PROTOCOL, { signal })
    const body = encodeLedgerRequest({ type: 'head', account, fromSeq: 0 })
    const answer = await openRequester(stream, MAX_LEDGER_ANSWER_BYTES).request(body, signal)
    await stream.close()
    return parseHeadReply(answer).state?.head ?? null
  }

  return {
    of: (account) => Promise.all(authorities.map((address) => ask(address, account).catch(() => null))),
    stop: async () => node.stop(),
  }
}

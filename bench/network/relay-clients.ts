/**
 * A process of clients of a relay: `node relay-clients.ts URL`, told by its parent when the next one joins. Each is the
 * node of a real peer with everything it listens to and answers, without a library and a wallet.
 */
import {
  fetchNetworkInfoText,
  readNetworkInfo,
} from '../../src/adapters/network-info-http/fetch-network-info.ts'
import { toNetworkOptions } from '../../src/adapters/network-libp2p/open-libp2p-network.ts'
import { createIdentity } from '../../src/domain/identity/identity.ts'
import { isDialable, startTestPeer, type TestPeer } from '../../test/support/libp2p-peers.ts'
import { valueOf } from '../../test/support/value-of.ts'
import { READY, type ClientAnswer, type ClientOrder } from './client-orders.ts'

const info = readNetworkInfo(await fetchNetworkInfoText(new URL(process.argv[2] ?? '')))
const peers: TestPeer[] = []

function answer(message: ClientAnswer): void {
  process.send?.(message)
}

/** Resolves once the client can be dialled through the relay. */
async function join(): Promise<number> {
  const startMs = performance.now()
  const identity = createIdentity(crypto.getRandomValues(new Uint8Array(32)))
  const options = { genesis: info.genesis, ...toNetworkOptions(info) }
  peers.push(await startTestPeer(identity, '', {}, options))
  return performance.now() - startMs
}

function countReserved(): number {
  return peers.filter(({ network }) => isDialable(valueOf(network.state))).length
}

process.on('message', ({ id, type }: ClientOrder) => {
  if (type === 'count') answer({ id, value: countReserved() })
  else {
    join().then(
      (value) => answer({ id, value }),
      (error: unknown) => answer({ id, failure: String(error) }),
    )
  }
})
process.on('disconnect', () => process.exit(0))
answer({ id: READY, value: 0 })

/** A process of clients of a relay: `node relay-clients.ts URL`, told by its parent when the next one joins. */
import {
  fetchNetworkInfoText,
  readNetworkInfo,
} from '../../src/adapters/network-info-http/fetch-network-info.ts'
import { startRelayClient, type RelayClient } from '../../test/support/relay-client.ts'
import { READY, type ClientAnswer, type ClientOrder } from './client-orders.ts'

const info = readNetworkInfo(await fetchNetworkInfoText(new URL(process.argv[2] ?? '')))
const [address = ''] = info.bootstrap
let clients: RelayClient[] = []

const orders: Readonly<Record<ClientOrder['type'], () => Promise<number>>> = {
  async join() {
    const startMs = performance.now()
    clients.push(await startRelayClient(address))
    return performance.now() - startMs
  },
  count: () => Promise.resolve(clients.filter((client) => client.isReserved()).length),
  async leave() {
    const leaving = clients
    clients = []
    await Promise.all(leaving.map((client) => client.stop()))
    return leaving.length
  },
}

function answer(message: ClientAnswer): void {
  process.send?.(message)
}

process.on('message', ({ id, type }: ClientOrder) => {
  orders[type]().then(
    (value) => answer({ id, value }),
    (error: unknown) => answer({ id, failure: String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))
answer({ id: READY, value: 0 })

import { openNodeStaticEmbedder } from '../adapters/embedding-static/node-static-embedding.ts'
import { createTextDocumentParser } from '../adapters/documents-text/text-document-parser.ts'
import { fetchNetworkInfoText, readNetworkInfo } from '../adapters/network-info-http/fetch-network-info.ts'
import { nodeTransports } from '../adapters/network-libp2p/node-transports.ts'
import { openLibp2pNetwork, toNetworkOptions } from '../adapters/network-libp2p/open-libp2p-network.ts'
import { createWebCryptoHasher } from '../adapters/webcrypto/webcrypto-hasher.ts'
import { createWebCryptoSignatureVerifier } from '../adapters/webcrypto/webcrypto-signature-verifier.ts'
import { openSqliteLedgerArchive } from '../adapters/storage-sqlite/sqlite-ledger-archive.ts'
import { openSqliteStores } from '../adapters/storage-sqlite/open-sqlite-stores.ts'
import { createNodeClock } from '../adapters/system-node/node-clock.ts'
import { createNodeRandomness } from '../adapters/system-node/node-randomness.ts'
import { createIdentity } from '../domain/identity/identity.ts'
import { bytesToHexText } from '../domain/kernel/bytes.ts'
import { networkIdOf } from '../domain/ledger/genesis.ts'
import { createPeer, type RunningPeer } from '../peer/create-peer.ts'
import { openSeed } from '../peer/open-seed.ts'
import type { Options } from './options.ts'

/** Opens the peer of a data directory and joins the network of a server. */
export async function openNodePeer({ server, dataDirectory }: Options): Promise<RunningPeer> {
  const info = readNetworkInfo(await fetchNetworkInfoText(server))
  const databases = { directory: dataDirectory, network: bytesToHexText(networkIdOf(info.genesis)) }
  const stores = openSqliteStores(databases)
  try {
    const clock = createNodeClock()
    const randomness = createNodeRandomness()
    const identity = createIdentity(await openSeed(stores.keyStore, randomness))
    const { genesis } = info
    const signatureVerifier = createWebCryptoSignatureVerifier()
    const joined = await openLibp2pNetwork(
      { identity, clock, randomness, genesis, verifier: signatureVerifier, transports: nodeTransports },
      toNetworkOptions(info),
    )
    return await createPeer({
      identity,
      genesis,
      clock,
      randomness,
      contextStore: stores.contextStore,
      ledgerStore: stores.ledgerStore,
      openArchive: () => openSqliteLedgerArchive(databases),
      embedder: openNodeStaticEmbedder(),
      parser: createTextDocumentParser(),
      signatureVerifier,
      hasher: createWebCryptoHasher(),
      ...joined,
    })
  } catch (error) {
    await stores.close()
    throw error
  }
}

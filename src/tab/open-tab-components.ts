import { openTextDocumentParserInWorker } from '../adapters/documents-text/worker-text-document-parser.ts'
import { openSplitterInWorker } from '../adapters/document-splitter/worker-splitter.ts'
import { openStaticEmbedderInWorker } from '../adapters/embedding-static/worker-static-embedding.ts'
import { openLibp2pNetwork, toNetworkOptions } from '../adapters/network-libp2p/open-libp2p-network.ts'
import { openPassageIndexInWorker } from '../adapters/passage-index/worker-passage-index.ts'
import { tabTransports } from '../adapters/network-libp2p/tab-transports.ts'
import { createWebCryptoHasher } from '../adapters/webcrypto/webcrypto-hasher.ts'
import { createWebCryptoSignatureVerifier } from '../adapters/webcrypto/webcrypto-signature-verifier.ts'
import {
  openIndexedDbLedgerArchive,
  openIndexedDbStores,
} from '../adapters/storage-indexeddb/open-indexeddb-stores.ts'
import { openTokenizerInWorker } from '../adapters/tokenizer-o200k/worker-tokenizer.ts'
import { createTabClock } from '../adapters/system-tab/tab-clock.ts'
import { watchPower, type BatteryApi } from '../adapters/system-tab/tab-power.ts'
import { createTabRandomness } from '../adapters/system-tab/tab-randomness.ts'
import { createIdentity } from '../domain/identity/identity.ts'
import { bytesToHexText } from '../domain/kernel/bytes.ts'
import { networkIdOf } from '../domain/ledger/genesis.ts'
import { rememberInvited } from '../domain/network/known-peers.ts'
import { openSeed } from '../peer/open-seed.ts'
import type { PeerComponents } from '../peer/peer-components.ts'
import { encodeInvitation, parseInvitation } from '../protocols/invitation.ts'
import { invitedNetwork } from './invitation.ts'
import { loadNetworkInfo } from './network-info.ts'

const DATABASE_NAME = 'loremesh'

/**
 * Opens what this browser's peer is made of, for the network of the server that the page came from or, while that is
 * away, the one that `invitationCode` leads to. Throws what `parseInvitation` and `loadNetworkInfo` throw.
 */
export async function openTabComponents(invitationCode?: string): Promise<PeerComponents> {
  const page = new URL(location.origin)
  const invitation = invitationCode === undefined ? undefined : parseInvitation(invitationCode)
  const invited = invitation && invitedNetwork(invitation, page)
  const info = await loadNetworkInfo(page, localStorage, invited)
  const databases = { name: DATABASE_NAME, network: bytesToHexText(networkIdOf(info.genesis)) }
  const stores = await openIndexedDbStores(databases)
  try {
    if (invitation !== undefined) {
      const known = await stores.knownPeers.load()
      await stores.knownPeers.save(rememberInvited(known, invitation.peers))
    }
    const clock = createTabClock()
    const randomness = createTabRandomness()
    const identity = createIdentity(await openSeed(stores.keyStore, randomness))
    const { genesis } = info
    const power = watchPower(navigator as BatteryApi)
    const signatureVerifier = createWebCryptoSignatureVerifier()
    const joined = await openLibp2pNetwork(
      {
        identity,
        clock,
        randomness,
        genesis,
        verifier: signatureVerifier,
        transports: tabTransports,
        isSparing: () => power.get() === 'battery',
      },
      toNetworkOptions(info),
    )
    return {
      identity,
      genesis,
      clock,
      randomness,
      contextStore: stores.contextStore,
      ingestQueue: stores.ingestQueue,
      ledgerStore: stores.ledgerStore,
      questionLog: stores.questionLog,
      knownPeers: stores.knownPeers,
      encodeInvitation: (peers) => encodeInvitation({ network: info, peers }),
      openArchive: () => openIndexedDbLedgerArchive(databases),
      embedder: openStaticEmbedderInWorker(),
      tokenizer: openTokenizerInWorker(),
      openPassageIndex: openPassageIndexInWorker,
      parser: openTextDocumentParserInWorker(),
      splitter: openSplitterInWorker(),
      signatureVerifier,
      hasher: createWebCryptoHasher(),
      ...joined,
    }
  } catch (error) {
    await stores.close()
    throw error
  }
}

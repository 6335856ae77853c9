import { join } from 'node:path'
import { createDirectSplitter } from '../adapters/document-splitter/direct-splitter.ts'
import { openNodeStaticEmbedder } from '../adapters/embedding-static/node-static-embedding.ts'
import { openNodeTextDocumentParser } from '../adapters/documents-text/node-text-document-parser.ts'
import { nodeTransports } from '../adapters/network-libp2p/node-transports.ts'
import { openLibp2pNetwork, toNetworkOptions } from '../adapters/network-libp2p/open-libp2p-network.ts'
import { openNodePassageIndex } from '../adapters/passage-index/node-passage-index.ts'
import { createWebCryptoHasher } from '../adapters/webcrypto/webcrypto-hasher.ts'
import { createWebCryptoSignatureVerifier } from '../adapters/webcrypto/webcrypto-signature-verifier.ts'
import { createFileUploadLog } from '../adapters/storage-sqlite/file-upload-log.ts'
import { openSqliteLedgerArchive } from '../adapters/storage-sqlite/sqlite-ledger-archive.ts'
import { openSqliteStores } from '../adapters/storage-sqlite/open-sqlite-stores.ts'
import { openNodeTokenizer } from '../adapters/tokenizer-o200k/node-tokenizer.ts'
import { createNodeClock } from '../adapters/system-node/node-clock.ts'
import { createNodeRandomness } from '../adapters/system-node/node-randomness.ts'
import { createIdentity } from '../domain/identity/identity.ts'
import { bytesToHexText } from '../domain/kernel/bytes.ts'
import { networkIdOf } from '../domain/ledger/genesis.ts'
import { isListening, rememberInvited } from '../domain/network/known-peers.ts'
import { createPeer, type RunningPeer } from '../peer/create-peer.ts'
import { openSeed } from '../peer/open-seed.ts'
import { encodeInvitation } from '../protocols/invitation.ts'
import { awaitLink } from './await-link.ts'
import { learnNetwork } from './network-info-file.ts'
import { openNodeLanguageModel } from './node-language-model.ts'
import type { Options } from './options.ts'

export interface OpenedPeer {
  readonly peer: RunningPeer
  /** What does not work as it should, in sentences; empty when the server was reached. */
  readonly notice: string
}

/**
 * Opens the peer of a data directory and joins the network of a server. While the server can't be reached, a peer that
 * joined it before works with what it has, and keeps trying. Throws what `learnNetwork` throws.
 */
export async function openNodePeer({
  server,
  dataDirectory,
  cacheQuotaBytes,
  servingCaps,
  joining,
}: Options): Promise<OpenedPeer> {
  const { invitation, listen, announce } = joining
  const { info, isOffline } = await learnNetwork(server, dataDirectory, invitation?.network)
  const databases = { directory: dataDirectory, network: bytesToHexText(networkIdOf(info.genesis)) }
  const stores = openSqliteStores(databases)
  try {
    if (invitation !== undefined) {
      const known = await stores.knownPeers.load()
      await stores.knownPeers.save(rememberInvited(known, invitation.peers))
    }
    const clock = createNodeClock()
    const randomness = createNodeRandomness()
    const identity = createIdentity(await openSeed(stores.keyStore, randomness))
    const { genesis } = info
    const signatureVerifier = createWebCryptoSignatureVerifier()
    const joined = await openLibp2pNetwork(
      { identity, clock, randomness, genesis, verifier: signatureVerifier, transports: nodeTransports },
      { ...toNetworkOptions(info), listen, ...(announce.length > 0 && { announce }) },
    )
    const peer = await createPeer(
      {
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
        openArchive: () => openSqliteLedgerArchive(databases),
        embedder: openNodeStaticEmbedder(),
        tokenizer: openNodeTokenizer(),
        openPassageIndex: openNodePassageIndex,
        parser: openNodeTextDocumentParser(),
        splitter: createDirectSplitter(),
        signatureVerifier,
        hasher: createWebCryptoHasher(),
        ...joined,
      },
      {
        openLanguageModel: openNodeLanguageModel,
        cacheQuotaBytes,
        servingCaps,
        uploadLog: createFileUploadLog(join(dataDirectory, 'upload.json')),
      },
    )
    if (isOffline && (await stores.knownPeers.load()).some(isListening)) await awaitLink(peer)
    return { peer, notice: isOffline ? offlineNotice(server) : '' }
  } catch (error) {
    await stores.close()
    throw error
  }
}

function offlineNotice(server: URL): string {
  return `The server at ${server.origin} can't be reached: what is stored here is used, and other peers are hardly found.`
}

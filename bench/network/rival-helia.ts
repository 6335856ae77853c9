import { createHash } from 'node:crypto'
import { identify } from '@libp2p/identify'
import { createHelia } from 'helia'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'

const RAW_CODEC = 0x55
const SHA2_256 = 0x12

/**
 * Milliseconds until a Helia node has fetched blocks of another one in this process over TCP and Bitswap, all of them wanted
 * at once; once a run, with new nodes each time, for a block that was fetched is kept.
 */
export async function timeHelia(blocks: readonly Uint8Array[], runs: number): Promise<readonly number[]> {
  const times: number[] = []
  while (times.length < runs) times.push(await fetchOnce(blocks))
  return times
}

async function fetchOnce(blocks: readonly Uint8Array[]): Promise<number> {
  const [holder, asker] = await Promise.all([startHelia(), startHelia()])
  try {
    const cids = blocks.map(cidOf)
    for (const [at, cid] of cids.entries()) await holder.blockstore.put(cid, blocks[at] ?? new Uint8Array())
    await asker.libp2p.dial(holder.libp2p.getMultiaddrs())
    const startMs = performance.now()
    await Promise.all(cids.map((cid) => drain(asker.blockstore.get(cid))))
    return performance.now() - startMs
  } finally {
    await Promise.all([holder.stop(), asker.stop()])
  }
}

/** A node that talks to nobody but whom it is told to dial. */
async function startHelia() {
  const helia = createHelia({
    libp2p: {
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
      peerDiscovery: [],
      services: { identify: identify() },
    },
  })
  await helia.start()
  return helia
}

function cidOf(block: Uint8Array): CID {
  const digest = createHash('sha256').update(block).digest()
  return CID.createV1(RAW_CODEC, createDigest(SHA2_256, new Uint8Array(digest)))
}

async function drain(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<number> {
  let bytes = 0
  for await (const chunk of chunks) bytes += chunk.byteLength
  return bytes
}

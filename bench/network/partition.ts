import { setTimeout as pause } from 'node:timers/promises'
import { createSplitNetwork } from '../../test/support/split-transports.ts'
import { readInfo, startNodePeer, type NodePeer } from '../../test/support/node-peer.ts'
import { valueOf } from '../../test/support/value-of.ts'
import { progress, shareOf, single } from '../report.ts'
import { withBareServer } from './bench-server.ts'
import { documentsOf, type Diary } from './garden-diaries.ts'
import { describeLoad, type NetworkPart } from './part.ts'

/** How many peers are parted for how long. */
export interface PartitionSizes {
  readonly peers: number
  readonly splitMs: number
}

export const fullPartitionSizes: PartitionSizes = { peers: 12, splitMs: 60_000 }

/** For a quick look at whether everything runs. */
export const smallPartitionSizes: PartitionSizes = { peers: 6, splitMs: 5_000 }

/** Halves of the network: the first keeps the server. */
type Half = 0 | 1

interface Member {
  readonly half: Half
  readonly peer: NodePeer
  /** What it shares while the network is split. */
  readonly diary: Diary
}

const LINKED_TIMEOUT_MS = 60_000
const HEAL_TIMEOUT_MS = 120_000
const POLL_MS = 250
/** Often, so that the halves come to know different ones. */
const CHECKPOINT_SECONDS = '5'

/**
 * Whole peers in this process, half of which lose the server and the other half for a while. Both go on sharing. Healed is
 * the network once everybody knows everybody who shares something, and the same newest checkpoint; then each peer asks
 * for what one of the other half shared meanwhile.
 */
export async function measurePartition(sizes: PartitionSizes): Promise<NetworkPart> {
  return withBareServer(
    async (server) => {
      const network = createSplitNetwork()
      const info = await readInfo(server)
      for (const id of [...info.bootstrap, ...info.authorities].map(peerIdOf)) network.place(id, 0)
      const members: Member[] = []
      try {
        for (let at = 0; at < sizes.peers; at++) {
          const half: Half = at % 2 === 0 ? 0 : 1
          const peer = await startNodePeer(server, { transports: network.transportsOf(half) })
          network.place(peer.identity.peerId, half)
          await share(peer, documentsOf(at, 2)[0])
          const [, diary] = documentsOf(at, 2)
          if (diary !== undefined) members.push({ half, peer, diary })
        }
        await until(LINKED_TIMEOUT_MS, () => Promise.resolve(members.every(isLinked)))
        network.split()
        progress(`split; ${describeLoad()}`)
        for (const { peer, diary } of members) await share(peer, diary)
        await pause(sizes.splitMs)
        const parted = members.filter(({ half, peer }) => half === 1 && !reachesServer(peer)).length
        network.heal()
        const healMs = await until(HEAL_TIMEOUT_MS, () => areEqual(members))
        progress(`healed after ${Math.round(healMs)} ms; ${describeLoad()}`)
        const answered = await askAcross(members)
        const half = members.filter((member) => member.half === 1).length
        return {
          figures: {
            healMs: single(healMs, 'ms', members.length),
            partedPeers: single(parted, 'peers'),
            answeredAcross: shareOf(answered / members.length, members.length),
          },
          failures: parted === half ? [] : [`${half - parted} peers still reached the server`],
        }
      } finally {
        await Promise.all(members.map(({ peer }) => peer.close()))
      }
    },
    { LOREMESH_CHECKPOINT_SECONDS: CHECKPOINT_SECONDS },
  )
}

async function share(peer: NodePeer, diary: Diary | undefined): Promise<void> {
  if (diary !== undefined) await peer.share(diary.path, diary.text)
}

function isLinked({ peer }: Member): boolean {
  return valueOf(peer.peer.network).links.some(({ kind }) => kind === 'webrtc')
}

function reachesServer({ peer }: NodePeer): boolean {
  return valueOf(peer.network).links.some(({ isServer }) => isServer)
}

/** Milliseconds until something is true. Throws when it does not become so in time. */
async function until(timeoutMs: number, isTrue: () => Promise<boolean>): Promise<number> {
  const startMs = performance.now()
  while (!(await isTrue())) {
    if (performance.now() - startMs > timeoutMs) throw new Error('The peers did not find together in time')
    await pause(POLL_MS)
  }
  return performance.now() - startMs
}

/** Whether everybody lists every other one and knows the same newest checkpoint. */
async function areEqual(members: readonly Member[]): Promise<boolean> {
  const ids = members.map(({ peer }) => peer.identity.peerId)
  const views = await Promise.all(
    members.map(async ({ peer }) => {
      const [listed, checkpoint] = await Promise.all([
        peer.peer.listPeers().catch(() => []),
        peer.ledgerStore.newestCheckpoint(),
      ])
      const known = new Set(listed.map(({ peerId }) => peerId)).add(peer.identity.peerId)
      return { knowsAll: ids.every((id) => known.has(id)), height: checkpoint?.height ?? 0 }
    }),
  )
  const heights = new Set(views.map(({ height }) => height))
  return views.every(({ knowsAll }) => knowsAll) && heights.size === 1 && !heights.has(0)
}

/** Each asks for what a peer of the other half shared while they were parted; how many got it. */
async function askAcross(members: readonly Member[]): Promise<number> {
  let answered = 0
  for (const { half, peer } of members) {
    const other = members.find((member) => member.half !== half)
    if (other === undefined) continue
    const { results } = await peer.ask(other.diary.question)
    if (results.some(({ documentTitle }) => documentTitle === other.diary.title)) answered += 1
  }
  return answered
}

function peerIdOf(address: string): string {
  return address.slice(address.lastIndexOf('/p2p/') + '/p2p/'.length)
}

import { encodeCbor } from '../src/domain/kernel/cbor.ts'
import { isLoremeshError } from '../src/domain/kernel/errors.ts'
import type { LedgerNews } from '../src/domain/gossip/ledger-watch.ts'
import { signEntry } from '../src/domain/ledger/entry-codec.ts'
import type { SignedEntry } from '../src/domain/ledger/entry.ts'
import { toNodeName, type NodeName } from './virtual-wires.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { SimPeer } from './sim-peer.ts'
import type { World } from './world.ts'

const INTERVAL_MS = 1_000
const NOISE = toNodeName('noise')
const MAX_CHANGED_BYTES = 4

/**
 * Sends what others sent once more with some bytes changed, and forged news, until `isOver`. All of it ends in typed
 * refusals.
 */
export function makeNoise(
  world: World,
  { peers, isOver }: { readonly peers: readonly SimPeer[]; readonly isOver: () => boolean },
): void {
  const { scheduler, wires, gossip, authorities, heard } = world
  const { random } = scheduler
  wires.add(NOISE)
  gossip.join(NOISE, {
    peerId: world.newIdentity().peerId,
    isFaulty: true,
    judge: () => Promise.resolve('ignore'),
  })

  function ask(): void {
    const body = heard.newest()
    if (body === undefined) return
    const authority = random.pick(authorities)
    const from = random.pick(peers).identity.peerId
    const changed = change(body, random)
    wires
      .exchange(NOISE, authority.node, () => authority.answerPeer(changed, from))
      .then(
        () => world.count('noiseAnswered'),
        (error: unknown) => {
          if (!isLoremeshError(error)) throw error
          world.count('noiseRefused')
        },
      )
  }

  function gossipForged(): void {
    const seen = heard.newestSpend()
    if (seen === undefined) return
    for (const news of forgeNews(world, seen)) gossip.whisper(NOISE, nodeOf(random, peers), news)
    world.count('newsForged')
  }

  function plan(): void {
    scheduler.after(INTERVAL_MS, () => {
      if (isOver()) return
      plan()
      ask()
      gossipForged()
    })
  }

  plan()
}

function nodeOf(random: SeededRandom, peers: readonly SimPeer[]): NodeName {
  return random.pick(peers).node
}

function change(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const changed = bytes.slice(0, random.chance(0.1) ? random.between(1, bytes.length) : bytes.length)
  for (let count = random.between(1, MAX_CHANGED_BYTES); count > 0; count--) {
    changed[random.between(0, changed.length - 1)] = random.between(0, 255)
  }
  return changed
}

/** An entry that its account did not sign, and a proof that it signed two. */
function forgeNews(world: World, genuine: SignedEntry): readonly LedgerNews[] {
  const { entry, signature } = genuine
  const forger = world.newIdentity()
  const forged = signEntry(
    { account: entry.account, sign: forger.sign },
    { ...entry, timestampMs: entry.timestampMs + 1 },
  )
  const stolen: SignedEntry = { ...forged, signature, wire: encodeCbor([forged.bytes, signature]) }
  const [e1, e2] = genuine.hash < forged.hash ? [genuine, forged] : [forged, genuine]
  return [
    { type: 'entry', signed: forged },
    { type: 'entry', signed: stolen },
    { type: 'fork-proof', proof: { e1, e2, certificate: undefined } },
  ]
}

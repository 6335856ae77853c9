import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHexText, textToBytes } from '../src/domain/kernel/bytes.ts'
import { wantedServers } from '../src/domain/network/dht-role.ts'
import { createNetworkLinks, MAX_LINKS } from './network-links.ts'
import { createNodes, fractionOf, waitingTime, type SimNode } from './network-node.ts'
import { createNetworkQuestions } from './network-questions.ts'
import { shippedRules, type NetworkRules } from './network-rules.ts'
import { largestShare, meanOf, shareOfRichest } from './network-shape.ts'
import { createSeededRandom } from './seeded-random.ts'

export interface NetworkSimulationOptions {
  readonly peers?: number
  /** Virtual minutes, the middle third of them without the server. */
  readonly minutes?: number
  readonly rules?: NetworkRules
}

/** What a run of one seed came to. */
export interface NetworkRun {
  /** Of every decision that a rule took, in their order: the same for the same seed and the same rules. */
  readonly fingerprint: string
  /** Whatever happened that never must. */
  readonly violations: readonly string[]
  readonly figures: Readonly<Record<string, number>>
}

/** How often a peer looks after its links, and how often it thinks about its role in the DHT. */
const TICK_MS = 10_000
const TICKS_A_ROLE = 6
const MEAN_ABSENCE_MS = 20 * 60_000
/** Peers that a tracker names at once. */
const LISTED_PEERS = 64
/** By then links and servers of the DHT must have come about. */
const GRACE_MS = 5 * 60_000

/**
 * So many peers that come and go, keep links, serve the DHT or not, ask one another and buy, in virtual time, deciding by
 * the functions that real peers decide by. In the middle third nobody reaches the server: who is not linked is found
 * through links of links only, and who comes back has nobody but those it was linked to before.
 */
export function runNetworkSimulation(
  seed: number,
  { peers = 1_000, minutes = 30, rules = shippedRules }: NetworkSimulationOptions = {},
): NetworkRun {
  const chance = createSeededRandom(seed)
  const random = (): number => fractionOf(chance)
  const digest = sha256.create()
  const decide = (words: string): void => void digest.update(textToBytes(`${words}\n`))
  const links = createNetworkLinks(rules, { random, onDecision: decide })
  const questions = createNetworkQuestions(rules, links, { random, onDecision: decide })
  const nodes = createNodes(peers, chance, 0)
  const violations = new Set<string>()
  const servers: number[] = []
  const wanted: number[] = []
  let roleChanges = 0

  function comeOrGo(node: SimNode, nowMs: number): void {
    if (nowMs < node.turnsAtMs) return
    node.isOnline = !node.isOnline
    node.turnsAtMs = nowMs + waitingTime(node.isOnline ? node.meanSessionMs : MEAN_ABSENCE_MS, chance)
    if (node.isOnline) node.onlineSinceMs = nowMs
    else {
      links.leave(node)
      node.role = 'client'
    }
  }

  /** Peers that a node hears of: from the tracker, or from those it is linked to, or was. */
  function knownTo(node: SimNode, online: readonly SimNode[], hasServer: boolean): readonly SimNode[] {
    if (hasServer) return chance.some(online, LISTED_PEERS)
    const near = node.links.size > 0 ? [...node.links.keys()] : node.remembered
    return near.flatMap((linked) => [linked, ...linked.links.keys()])
  }

  function chooseRole(node: SimNode, online: readonly SimNode[], nowMs: number): void {
    const known = online.filter(({ role }) => role === 'server').length - Number(node.role === 'server')
    const candidate = { ...node, uptimeMs: nowMs - node.onlineSinceMs }
    const role = rules.nextDhtRole(node.role, candidate, { peers: online.length, servers: known }, random())
    if (role !== node.role) {
      decide(`${role} ${node.peerId}`)
      roleChanges += 1
    }
    node.role = role
  }

  const endMs = minutes * 60_000
  const components: number[] = []
  for (let nowMs = 0, tick = 0; nowMs < endMs; nowMs += TICK_MS, tick++) {
    const hasServer = nowMs < endMs / 3 || nowMs >= (2 * endMs) / 3
    for (const node of nodes) comeOrGo(node, nowMs)
    const online = nodes.filter(({ isOnline }) => isOnline)
    for (const [at, node] of online.entries()) {
      const known = knownTo(node, online, hasServer)
      links.seek(node, known, nowMs)
      if ((tick + at) % TICKS_A_ROLE === 0) chooseRole(node, online, nowMs)
      questions.maybeAsk(node, { known, online, hasServer, nowMs })
      if (node.links.size > MAX_LINKS) violations.add(`${node.peerId} has ${node.links.size} links`)
    }
    if (nowMs < GRACE_MS) continue
    servers.push(online.filter(({ role }) => role === 'server').length)
    wanted.push(wantedServers(online.length))
    components.push(largestShare(online))
  }

  if (servers.some((count) => count === 0)) violations.add('The DHT had no server')
  const online = nodes.filter(({ isOnline }) => isOnline)
  const { sums } = questions
  if (sums.boughtOfCheats > 0) violations.add(`${sums.boughtOfCheats} contexts were bought of cheats`)
  return {
    fingerprint: bytesToHexText(digest.digest()),
    violations: [...violations],
    figures: {
      peers,
      minutes,
      questions: sums.asked,
      answeredShare: sums.answered / sums.answerable,
      answeredShareWithoutServer: sums.answeredWithoutServer / sums.answerableWithoutServer,
      contextsBought: sums.bought,
      newcomerSaleShare: sums.boughtOfNewcomers / sums.bought,
      richestTenthShare: shareOfRichest(nodes, 0.1),
      meanLinks: meanOf(online.map(({ links: own }) => own.size)),
      maxLinks: Math.max(...online.map(({ links: own }) => own.size)),
      meanNetworks: meanOf(online.map(countNetworks)),
      refusedDials: links.refused,
      closedLinks: links.closed,
      leastConnectedShare: Math.min(...components),
      meanDhtServers: meanOf(servers),
      leastDhtServers: Math.min(...servers),
      mostDhtServers: Math.max(...servers),
      meanDhtServersWanted: meanOf(wanted),
      roleChanges,
    },
  }
}

function countNetworks({ links }: SimNode): number {
  return new Set([...links.keys()].map(({ networkGroup }) => networkGroup)).size
}

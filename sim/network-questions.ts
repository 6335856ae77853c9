import { ESTABLISHED_PAYERS } from '../src/domain/economy/provider-choice.ts'
import type { NetworkLinks } from './network-links.ts'
import { addContext, standingOf, type SimNode } from './network-node.ts'
import type { NetworkRules } from './network-rules.ts'

/** What a peer knows of the others at a moment. */
export interface Moment {
  readonly known: readonly SimNode[]
  readonly online: readonly SimNode[]
  readonly hasServer: boolean
  readonly nowMs: number
}

/** Questions of simulated peers: whom they ask, of whom they buy, and what came of it. */
export interface NetworkQuestions {
  /** Asks now and then. */
  maybeAsk(node: SimNode, moment: Moment): void
  readonly sums: Readonly<QuestionSums>
}

interface QuestionSums {
  asked: number
  /** Questions for which somebody else who was online had something. */
  answerable: number
  answered: number
  answerableWithoutServer: number
  answeredWithoutServer: number
  bought: number
  boughtOfNewcomers: number
  boughtOfCheats: number
}

/** Of each turn: about one question in three minutes. */
const ASK_PROBABILITY = 1 / 18
/** Announced contexts whose providers are looked up for one question, and contexts that one question buys. */
const MAX_LOOKUPS = 8
const MAX_BOUGHT = 4
const CONTEXT_BYTES = 2_048
/** Of a context, in µT. */
const PRICE = 4_000n

/** Nobody has asked yet; `onDecision` is told whom each question goes to and of whom is bought. */
export function createNetworkQuestions(
  rules: NetworkRules,
  links: Pick<NetworkLinks, 'connect'>,
  { random, onDecision }: { readonly random: () => number; readonly onDecision: (words: string) => void },
): NetworkQuestions {
  const sums: QuestionSums = {
    asked: 0,
    answerable: 0,
    answered: 0,
    answerableWithoutServer: 0,
    answeredWithoutServer: 0,
    bought: 0,
    boughtOfNewcomers: 0,
    boughtOfCheats: 0,
  }

  function drawFor(buyer: SimNode, providers: readonly SimNode[]): readonly SimNode[] {
    return rules.drawProviders(
      providers.map((provider) => [provider, standingOf(provider, buyer)]),
      random,
    )
  }

  /** Who holds contexts of a topic that the peer lacks, by context. */
  function holdersOf(topic: number, asker: SimNode, peers: readonly SimNode[]): Map<number, SimNode[]> {
    const own = asker.contexts.get(topic)
    const holders = new Map<number, SimNode[]>()
    for (const peer of peers) {
      if (peer === asker || !peer.isOnline) continue
      for (const context of peer.contexts.get(topic) ?? []) {
        if (own?.has(context) === true) continue
        const known = holders.get(context)
        if (known === undefined) holders.set(context, [peer])
        else known.push(peer)
      }
    }
    return holders
  }

  /** Buys of the first provider in the order of the draw that can be linked. */
  function buy(
    buyer: SimNode,
    {
      topic,
      context,
      holders,
    }: { readonly topic: number; readonly context: number; readonly holders: readonly SimNode[] },
    nowMs: number,
  ): boolean {
    for (const provider of drawFor(buyer, holders)) {
      const link = links.connect(buyer, provider, nowMs)
      if (link === undefined) continue
      onDecision(`bought ${context} ${buyer.peerId} ${provider.peerId}`)
      link.usedAtMs = nowMs
      link.bytes += CONTEXT_BYTES
      sums.bought += 1
      if (provider.payers.size < ESTABLISHED_PAYERS) sums.boughtOfNewcomers += 1
      if (provider.isCheat) sums.boughtOfCheats += 1
      provider.earned += PRICE
      provider.payers.add(buyer.peerId)
      addContext(buyer.contexts, topic, context)
      return true
    }
    return false
  }

  function ask(node: SimNode, { known, online, hasServer, nowMs }: Moment): void {
    const topic = node.topics[Math.floor(random() * node.topics.length)]
    if (topic === undefined) return
    const isAnswerable = holdersOf(topic, node, online).size > 0
    // The tracker names every holder; without it only those are found that links of links lead to.
    const announced = [...holdersOf(topic, node, hasServer ? online : known)].slice(0, MAX_LOOKUPS)
    const reachable = [...new Set([...node.links.keys(), ...known])].filter(
      (peer) => peer !== node && peer.isOnline,
    )
    const asked = rules
      .choosePeers(
        announced.map(([, holders]) => holders),
        reachable,
        { draw: (providers) => drawFor(node, providers), random },
      )
      .filter((peer) => links.connect(node, peer, nowMs) !== undefined)
    onDecision(`asked ${node.peerId} ${asked.map(({ peerId }) => peerId).join(' ')}`)
    const offers = [...holdersOf(topic, node, asked)].slice(0, MAX_BOUGHT)
    const bought = offers.filter(([context, holders]) => buy(node, { topic, context, holders }, nowMs))
    sums.asked += 1
    sums.answerable += Number(isAnswerable)
    sums.answered += Number(bought.length > 0)
    if (hasServer) return
    sums.answerableWithoutServer += Number(isAnswerable)
    sums.answeredWithoutServer += Number(bought.length > 0)
  }

  return {
    sums,
    maybeAsk(node, moment) {
      if (random() < ASK_PROBABILITY) ask(node, moment)
    },
  }
}

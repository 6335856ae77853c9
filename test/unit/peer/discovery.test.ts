import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { signDescriptor } from '../../../src/domain/content/descriptor-codec.ts'
import { textToBytes } from '../../../src/domain/kernel/bytes.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { RunningPeer } from '../../../src/peer/create-peer.ts'
import type { Answer } from '../../../src/peer/peer.ts'
import type { NetworkHandlers } from '../../../src/ports/network.ts'
import { testIdentity } from '../../support/ledger.ts'
import type { Intercept } from '../../support/hub-network.ts'
import { openPeerHub, type PeerHub } from '../../support/peer-hub.ts'

const question = 'What does the waggle dance tell?'
const article = '# Waggle dance\n\nThe waggle dance tells other bees where food is.\n'
const asked = { scope: 'network', maxTokenCost: parseTokens('20') } as const

describe('discovery', () => {
  let hub: PeerHub
  let buyer: RunningPeer

  beforeEach(async () => {
    hub = await openPeerHub()
    buyer = (await hub.addPeer()).peer
  })

  afterEach(() => hub.close())

  async function addSharing(text: string, intercept?: Intercept): Promise<RunningPeer> {
    const { peer } = await hub.addPeer(intercept === undefined ? {} : { intercept })
    const [added] = await peer.library.add([{ path: 'page.md', bytes: textToBytes(text) }])
    if (added?.documentHash === undefined) throw new Error(added?.reason ?? 'not added')
    await peer.library.setVisibility(added.documentHash, 'shared')
    await peer.announce()
    return peer
  }

  it('finds what was announced at a peer that does not answer the search itself', async () => {
    const seller = await addSharing(article, () => ({
      onSearch: () => Promise.reject(new LoremeshError('timeout', 'Busy')),
    }))
    const answers: Answer[] = []
    await expect
      .poll(async () => {
        answers.push(await buyer.ask(question, asked))
        return answers.at(-1)?.results.map((result) => result.provider)
      })
      .toEqual([seller.peerId])
    expect(answers.at(-1)?.troubles.map((trouble) => trouble.code)).toEqual(['timeout'])
  })

  it('takes the word of the provider for what was announced, not what others say later', async () => {
    const handlers: NetworkHandlers[] = []
    const asking = await hub.addPeer({ intercept: (own) => (handlers.push(own), {}) })
    const seller = await addSharing(article, () => ({
      onSearch: () => Promise.reject(new LoremeshError('timeout', 'Busy')),
    }))
    const [hit] = await seller.server.search({ question, tags: [], vector: null, limit: 1 })
    if (hit === undefined) throw new Error('The seller shares nothing')
    const liar = testIdentity(100)
    const lie = signDescriptor(liar, {
      ...hit.descriptor.descriptor,
      author: liar.account,
      title: 'Nothing',
      createdAtMs: hub.clock.nowMs() + 60_000,
    })
    for (const descriptor of [hit.descriptor, lie]) {
      await handlers[0]?.onGossip({ type: 'descriptors', descriptors: [descriptor] }, liar.peerId, 'contexts')
    }
    const answer = await asking.peer.ask(question, asked)
    expect(answer.results).toMatchObject([{ provider: seller.peerId, title: 'Waggle dance' }])
  })

  it('does not wait for a silent peer once another has answered', async () => {
    await addSharing('# Nothing\n\nNothing of interest.\n', () => ({
      onSearch: () => new Promise(() => undefined),
    }))
    const seller = await addSharing(article)
    const answering = buyer.ask(question, asked)
    await hub.clock.advance(1_500)
    const answer = await answering
    expect(answer.results.map((result) => result.provider)).toEqual([seller.peerId])
    expect(answer.timings.totalMs).toBeLessThan(5_000)
  })

  it('asks another holder when the first one fails', async () => {
    let failed = 0
    const failing: Intercept = () => ({
      onTake: () => {
        failed += 1
        return Promise.reject(new LoremeshError('internal', 'Broken'))
      },
    })
    await addSharing(article, failing)
    const honest = await addSharing(article)
    const answer = await buyer.ask(question, asked)
    expect(answer.results.map((result) => result.provider)).toEqual([honest.peerId])
    expect(answer.troubles).toHaveLength(failed)
  })

  it('buys what two peers offer in nearly the same words once, and names both', async () => {
    const long =
      '# Waggle dance\n\nThe waggle dance tells other bees of the hive where food is, how far they have to fly for it, and in which direction from the sun.\n'
    const one = await addSharing(long)
    const other = await addSharing(long.replace('the sun', 'the south'))
    const answer = await buyer.ask(question, asked)
    expect(answer.results).toHaveLength(1)
    const [result] = answer.results
    expect([result?.provider, ...(result?.alsoFrom ?? [])].sort()).toEqual([one.peerId, other.peerId].sort())

    const again = await buyer.ask('Where is food, as bees tell each other by the waggle dance?', asked)
    expect(again.results.map(({ provider, paid }) => ({ provider, paid }))).toEqual([
      { provider: 'self', paid: 0n },
    ])
  })

  it('says so when there is nobody to ask', async () => {
    const answer = await buyer.ask(question, asked)
    expect(answer).toMatchObject({ results: [], askedPeers: 0, fromCache: false })
  })

  it('stops when it is told to', async () => {
    await addSharing(article, () => ({ onSearch: () => new Promise(() => undefined) }))
    const stop = new AbortController()
    const answering = buyer.ask(question, { ...asked, signal: stop.signal })
    const stopped = expect(answering).rejects.toMatchObject({ code: 'aborted' })
    await hub.clock.advance(1)
    stop.abort()
    await stopped
  })
})

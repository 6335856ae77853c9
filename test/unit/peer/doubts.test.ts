import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_PRICES } from '../../../src/domain/economy/prices.ts'
import { textToBytes } from '../../../src/domain/kernel/bytes.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { Judgement } from '../../../src/domain/retrieval/precision.ts'
import type { RunningPeer } from '../../../src/peer/create-peer.ts'
import type { AskScope } from '../../../src/peer/peer.ts'
import { openPeerHub, type PeerHub } from '../../support/peer-hub.ts'

const maxTokenCost = parseTokens('20')
const question = 'Which port does the server take?'

describe('a passage that is doubted', () => {
  let hub: PeerHub
  let peer: RunningPeer

  beforeEach(async () => {
    hub = await openPeerHub()
    peer = (await hub.addPeer()).peer
  })

  afterEach(() => hub.close())

  /** Adds a file, later than all before it. */
  async function add(to: RunningPeer, path: string, text: string) {
    await hub.clock.advance(1)
    return to.library.add([{ path, bytes: textToBytes(text) }])
  }
  const ask = (scope: AskScope = 'library') => peer.ask(question, { scope, maxTokenCost })

  /** Asks, and says something of the best result. */
  async function judgeBest(judgement: Judgement): Promise<string> {
    const answer = await ask()
    const kept = await peer.questions.keep(answer, answer.usage, DEFAULT_PRICES)
    const [best] = answer.results
    if (best === undefined) throw new Error('Nothing was found')
    await peer.questions.judge(kept.id, best.contextHash, judgement)
    await hub.clock.advance(1)
    return best.text
  }

  it('comes last in later answers, with the reason, until it is judged otherwise', async () => {
    await add(peer, 'old.md', '# Port\n\nThe server takes port 80.\n')
    await add(peer, 'new.md', '# Ports\n\nWe moved: since May another port, 8080, is what a server takes.\n')
    const text = await judgeBest('outdated')
    const { results } = await ask()
    expect(results.map((result) => result.doubt)).toEqual([undefined, 'outdated'])
    expect(results.at(-1)?.text).toBe(text)
    const { quotes } = await peer.answers.cite({ question, results }, { spendBudget: maxTokenCost })
    expect(quotes.some(({ n }) => n === 2)).toBe(false)

    await peer.questions.forget((await peer.questions.list()).map(({ id }) => id))
    expect((await ask()).results[0]?.text).toBe(text)
  })

  it('is not doubted for being of no help', async () => {
    await add(peer, 'old.md', '# Port\n\nThe server takes port 80.\n')
    await judgeBest('not-helpful')
    expect((await ask()).results[0]?.doubt).toBeUndefined()
  })

  it('is not bought when it is of an earlier version of an own document', async () => {
    const about = `# Ports\n\n${'The server takes one port for all it does. '.repeat(6)}`
    const provider = (await hub.addPeer()).peer
    for (const to of [provider, peer])
      await add(to, 'notes/ports.md', `${about}\n\nThe port is 80, which the server takes.\n`)
    for (const { documentHash } of await add(
      provider,
      'notes/ports.md',
      `${about}\n\nThe port is 80, which the server takes.\n`,
    )) {
      if (documentHash !== undefined) await provider.library.setVisibility(documentHash, 'shared')
    }
    await provider.announce()
    await add(peer, 'notes/ports.md', `${about}\n\nThe port is 8080, which the server takes since May.\n`)
    const { results } = await ask('both')
    expect(results).toMatchObject([{ provider: 'self', text: expect.stringContaining('8080') as string }])
    expect(results[0]?.alsoFrom).toBeUndefined()
  })

  it('does not stand for its correction, which is bought', async () => {
    const about = `# Ports\n\n${'Which port the server takes has often been asked by many of us. '.repeat(3)}`
    await add(peer, 'ports.md', `${about}\n\nThe port is 80, which the server takes.\n`)
    await judgeBest('wrong')
    const provider = (await hub.addPeer()).peer
    const correction = `${about}\n\nThe port is 8080, which the server takes.\n`
    for (const { documentHash } of await add(provider, 'ports.md', correction)) {
      if (documentHash !== undefined) await provider.library.setVisibility(documentHash, 'shared')
    }
    await provider.announce()
    const { results } = await ask('both')
    expect(results[0]).toMatchObject({
      provider: provider.peerId,
      text: expect.stringContaining('8080') as string,
    })
    expect(results[0]?.doubt).toBeUndefined()
  })
})

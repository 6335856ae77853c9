import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { textToBytes } from '../../../src/domain/kernel/bytes.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { RunningPeer } from '../../../src/peer/create-peer.ts'
import type { Intercept } from '../../support/hub-network.ts'
import { openPeerHub, type PeerHub } from '../../support/peer-hub.ts'

const question = 'What does the waggle dance tell?'
const dance = '# Waggle dance\n\nThe waggle dance tells other bees where food is.\n'
const angle = '# Angle of the dance\n\nThe angle of the waggle dance tells the direction.\n'
const asked = { scope: 'network', maxTokenCost: parseTokens('20') } as const
const never = () => new Promise<never>(() => undefined)

/** Asks while the time goes on; gives how long it took by the hub's clock, too. */
async function askWhile(hub: PeerHub, buyer: RunningPeer) {
  const started = hub.clock.monotonicMs()
  let tookMs: number | undefined
  const answering = buyer.ask(question, asked).finally(() => (tookMs = hub.clock.monotonicMs() - started))
  for (let step = 0; step < 60 && tookMs === undefined; step++) await hub.clock.advance(250)
  return { answer: await answering, tookMs: tookMs ?? 0 }
}

describe('fail-over', () => {
  let hub: PeerHub
  let buyer: RunningPeer

  beforeEach(async () => {
    hub = await openPeerHub()
    buyer = (await hub.addPeer()).peer
  })

  afterEach(() => hub.close())

  async function addSharing(texts: readonly string[], intercept?: Intercept): Promise<RunningPeer> {
    const { peer } = await hub.addPeer(intercept === undefined ? {} : { intercept })
    const files = texts.map((text, at) => ({ path: `page-${at}.md`, bytes: textToBytes(text) }))
    for (const { documentHash, reason } of await peer.library.add(files)) {
      if (documentHash === undefined) throw new Error(reason ?? 'not added')
      await peer.library.setVisibility(documentHash, 'shared')
    }
    await peer.announce()
    return peer
  }

  it('asks the next holder within two seconds when one never answers', async () => {
    for (let silent = 0; silent < 2; silent++) await addSharing([dance], () => ({ onTake: never }))
    const honest = await addSharing([dance])
    const { answer, tookMs } = await askWhile(hub, buyer)
    expect(answer.results.map((result) => result.provider)).toEqual([honest.peerId])
    const silent = answer.troubles.filter(({ code }) => code === 'timeout').length
    expect(tookMs).toBeLessThanOrEqual(2_000 * silent + 250)
  })

  it('asks the next holder within two seconds when a session is never opened', async () => {
    await addSharing([dance], () => ({ onSession: never }))
    const honest = await addSharing([dance])
    const { answer, tookMs } = await askWhile(hub, buyer)
    expect(answer.results.map((result) => result.provider)).toEqual([honest.peerId])
    expect(tookMs).toBeLessThanOrEqual(2_250)
  })

  it('keeps what came of a delivery that stops mid-way, and has the rest of another holder', async () => {
    let delivered = 0
    const stopping: Intercept = (handlers) => ({
      async onTake(request, from) {
        const serving = await handlers.onTake(request, from)
        async function* contents() {
          for await (const context of serving.contents) {
            if (delivered > 0) await never()
            delivered += 1
            yield context
          }
        }
        return { ...serving, contents: contents() }
      },
    })
    await addSharing([dance, angle], stopping)
    const { answer: alone } = await askWhile(hub, buyer)
    expect(alone.results).toHaveLength(1)
    const second = await addSharing([dance, angle])
    const { answer } = await askWhile(hub, buyer)
    expect(answer.results.map((result) => result.provider).sort()).toEqual(['self', second.peerId].sort())
  })

  it('waits longer for the only holder', async () => {
    let asked = 0
    const slow: Intercept = (handlers) => ({
      async onTake(request, from) {
        asked += 1
        await hub.clock.sleep(4_000)
        return handlers.onTake(request, from)
      },
    })
    const only = await addSharing([dance], slow)
    const { answer } = await askWhile(hub, buyer)
    expect(answer.results.map((result) => result.provider)).toEqual([only.peerId])
    expect(asked).toBe(1)
  })

  it('gives up the only holder when it says nothing for very long', async () => {
    await addSharing([dance], () => ({ onTake: never }))
    const { answer, tookMs } = await askWhile(hub, buyer)
    expect(answer.results).toEqual([])
    expect(answer.troubles).toMatchObject([{ code: 'timeout' }])
    expect(tookMs).toBeLessThanOrEqual(8_000)
  })
})

import { afterAll, beforeAll, expect, it } from 'vitest'
import { startNodePeer, type NodePeer } from '../support/node-peer.ts'
import { readLedgerStats } from '../support/server-stats.ts'
import { startServer, type TestServer } from '../support/start-server.ts'

const question = 'How do bees tell where food is?'
const dearArticle = `# Bees\n\nBees tell where food is with a waggle dance. ${'The dance goes on and on. '.repeat(26)}\n`
const cheapArticle = `# Tides\n\nThe moon pulls the sea. ${'Water rises and falls. '.repeat(10)}\n`

let server: TestServer
let rich: NodePeer
let poor: NodePeer

beforeAll(async () => {
  server = await startServer({ LOREMESH_SEEDER: 'false', LOREMESH_STARTER_TOKENS: '1.2' })
  ;[rich, poor] = await Promise.all([startNodePeer(server), startNodePeer(server)])
})
afterAll(async () => {
  await Promise.all([rich.close(), poor.close()])
  await server.stop()
})

it('who has too little is told what to do, goes on with what is held, earns by sharing, and can buy then', async () => {
  await rich.share('bees.md', dearArticle)
  const refused = await poor.ask(question)
  expect(refused.results).toEqual([])
  expect(refused.troubles).toMatchObject([
    {
      provider: rich.identity.peerId,
      code: 'insufficient-balance',
      message: expect.stringContaining('the account has 1.2') as string,
      hint: 'Share documents to earn tokens, or ask for less',
    },
  ])
  expect(poor.wallet().entries.map((entry) => entry.kind)).toEqual(['collect', 'open'])

  await poor.share('tides.md', cheapArticle)
  const own = await poor.ask('What pulls the sea?', { scope: 'library' })
  expect(own.results[0]).toMatchObject({ provider: 'self', paid: 0n })

  const before = poor.worth()
  const sold = await rich.ask('What pulls the sea?')
  expect(sold.results[0]).toMatchObject({ provider: poor.identity.peerId, transport: 'webrtc' })
  await expect.poll(poor.worth).toBe(before + (sold.results[0]?.paid ?? 0n))
  await poor.peer.claimEverything()

  const bought = await poor.ask(question)
  expect(bought.results[0]?.text).toContain('waggle dance')
  expect(await readLedgerStats(server)).toMatchObject({ conserved: true })
})

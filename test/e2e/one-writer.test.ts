import { afterAll, beforeAll, describe, it } from 'vitest'
import { startProfile, type Profile } from '../support/profile.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { killWhilePaying, RACE_SETTINGS, raceToPay, startProvider } from '../support/wallet-races.ts'

const RACES = 10
const CRASHES = 4

describe('one profile', () => {
  let server: TestServer
  let provider: { close(): Promise<void> }
  let profile: Profile

  beforeAll(async () => {
    server = await startServer(RACE_SETTINGS)
    provider = await startProvider(server, 2 * RACES + 1)
    profile = await startProfile()
  })

  afterAll(async () => {
    await profile.close()
    await provider.close()
    await server.stop()
  })

  it('writes one chain when two of its tabs race to pay', async () => {
    await raceToPay(server, profile, RACES)
  })

  it('loses no entry, and signs none twice, when the browser is killed while it pays', async () => {
    await profile.restart()
    await killWhilePaying(server, profile, CRASHES)
  })
})

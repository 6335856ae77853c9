import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseInvitation } from '../../src/protocols/invitation.ts'
import { jsonOf, runHeadless, startHeadless } from '../support/headless.ts'
import { freePort, startServer, type TestServer } from '../support/start-server.ts'

interface Printed {
  readonly link: string
  readonly serversLinked: number
  readonly peersListening: number
}

const folder = mkdtempSync(join(tmpdir(), 'loremesh-join-'))
const data = (name: string) => ['--data', join(folder, name)]

let server: TestServer
let keeper: ChildProcess
let printed: Printed

beforeAll(async () => {
  server = await startServer({ LOREMESH_SEEDER: 'false' })
  const listen = ['--listen', `127.0.0.1:${await freePort()}`]
  keeper = startHeadless(['--server', server.url, ...data('keeper'), ...listen, 'invite', '--json'])
  printed = JSON.parse(await firstLineOf(keeper)) as Printed
  await server.kill()
})
afterAll(async () => {
  const exited = new Promise((resolve) => keeper.once('exit', resolve))
  keeper.kill('SIGTERM')
  await exited
  rmSync(folder, { recursive: true })
})

function firstLineOf({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('The process has no stdout')
  return new Promise((resolve) => createInterface(stdout).once('line', resolve))
}

describe('a peer that invites', () => {
  it('prints a link that names the server, and itself because it listens', () => {
    expect(printed).toMatchObject({ serversLinked: 1, peersListening: 1 })
    expect(new URL(printed.link).origin).toBe(server.url)
    const { peers } = parseInvitation(printed.link)
    expect(peers).toHaveLength(1)
    expect(peers[0]?.addresses[0]).toMatch(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/ws\/p2p\//)
  })
})

describe('a peer that follows the link while the server is dead', () => {
  it('is linked with the inviter', async () => {
    const [inviter] = parseInvitation(printed.link).peers
    const outcome = await runHeadless(['--join', printed.link, ...data('guest'), 'peers', '--json'])
    expect(outcome.stderr).toContain("can't be reached")
    expect(jsonOf(outcome)).toMatchObject({ peers: [{ peerId: inviter?.peerId, link: 'websocket' }] })
  })

  it('joins by the data folder alone afterwards', async () => {
    const outcome = await runHeadless(['--server', server.url, ...data('guest'), 'peers', '--json'])
    expect(jsonOf(outcome)).toMatchObject({ peers: [{ link: 'websocket' }] })
  })

  it('is told when the link is damaged', async () => {
    const outcome = await runHeadless(['--join', printed.link.slice(0, -9), ...data('other'), 'peers'])
    expect(outcome.status).toBe(2)
    expect(outcome.stderr).toMatch(/^The message is malformed|^The text is not base64url/)
  })
})

import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startFourOperators, type FourOperators } from '../support/four-operators.ts'
import { jsonOf, runHeadless, startHeadless, type Outcome } from '../support/headless.ts'

const folder = mkdtempSync(join(tmpdir(), 'loremesh-offline-'))
const question = 'When are the roses cut back?'
const garden = join(folder, 'garden.md')
const shared = ['tides', 'bees'].map((name) => join(folder, `${name}.md`))

let network: FourOperators
let seller: ChildProcess

beforeAll(async () => {
  writeFileSync(garden, '# Garden\n\nThe roses in my garden are cut back in March.\n')
  network = await startFourOperators({ LOREMESH_SEEDER: 'false', LOREMESH_CHECKPOINT_SECONDS: '1' })
  shared.forEach((path, at) =>
    writeFileSync(
      path,
      at === 0 ? '# Tides\n\nThe moon pulls the sea.\n' : '# Bees\n\nBees dance for food.\n',
    ),
  )
  seller = startHeadless([...place('seller'), 'seed', ...shared])
  await untilServing(seller)
  await peer('anna', 'add', garden)
  expect(jsonOf(await peer('anna', 'ask', 'What pulls the sea?', '--json'))).toMatchObject({
    results: [{ title: 'Tides', transport: 'webrtc' }],
  })
  expect(await walletOf('anna')).toMatchObject({ entries: [{ kind: 'reserve' }, {}, {}], notice: '' })
})
afterAll(async () => {
  await end(seller)
  await network.stop()
  rmSync(folder, { recursive: true })
})

const peer = (name: string, ...command: readonly string[]): Promise<Outcome> =>
  runHeadless([...place(name), ...command])

const place = (name: string) => ['--server', network.server.url, '--data', join(folder, name)]

/** What a process says until it serves, or ends. */
function untilServing(child: ChildProcess): Promise<string> {
  return new Promise((done) => {
    let text = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.includes('Serving as')) done(text)
    })
    child.once('exit', () => done(text))
  })
}

async function end(child: ChildProcess): Promise<void> {
  const exited = new Promise((done) => child.once('exit', done))
  child.kill('SIGTERM')
  await exited
}

const walletOf = async (name: string) => jsonOf(await peer(name, 'wallet', '--json'))

describe('while two of four authorities are gone', () => {
  beforeAll(async () => {
    await network.kill(2)
    await network.kill(3)
  })

  it('an account that was opened earlier buys on from what is set aside, shows its wallet, and says what waits', async () => {
    const answer = await peer('anna', 'ask', question, '--json')
    expect(answer.stderr).toContain('Too few authorities answer')
    expect(jsonOf(answer)).toMatchObject({
      results: [{ title: 'Garden', provider: 'self' }],
      troubles: [{ provider: null, code: 'authority-unreachable' }],
    })
    const bought = jsonOf(await peer('anna', 'ask', 'What do bees dance for?', '--json'))
    expect(bought).toMatchObject({ results: [{ title: 'Bees', transport: 'webrtc' }] })
    expect(await walletOf('anna')).toMatchObject({
      entries: [{ kind: 'reserve', purchases: [{}, {}] }, {}, {}],
      notice: expect.stringContaining('Too few authorities answer: 2 of 4') as string,
    })
  })

  it('a new account says how many it needs, and asks its own library', async () => {
    const needs = "3 of the network's 4 authorities have to open a new one, and 2 can be reached"
    const refused = await peer('ben', 'ask', question, '--json')
    expect(refused.status).toBe(1)
    expect(jsonOf(refused)).toMatchObject({
      error: { code: 'authority-unreachable', message: expect.stringContaining(needs) as string },
    })
    await peer('ben', 'add', garden)
    expect(jsonOf(await peer('ben', 'ask', question, '--json'))).toMatchObject({
      results: [{ title: 'Garden' }],
    })
    expect(await walletOf('ben')).toMatchObject({
      entries: [],
      notice: expect.stringContaining(needs) as string,
    })
  })

  it('a peer serves on with an account that was opened earlier', async () => {
    const seeder = startHeadless([...place('anna'), 'seed'])
    const said = await untilServing(seeder)
    await end(seeder)
    expect(said).toMatch(/Too few authorities answer.*\nServing as/)
  })
})

describe('while the server is gone', () => {
  beforeAll(async () => {
    await network.server.pause()
    await network.kill(1)
  })

  it('a peer that joined before adds, answers from its library and shows its wallet', async () => {
    const added = await peer('anna', 'add', garden)
    expect(added.status).toBe(0)
    expect(added.stderr).toContain(`The server at ${network.server.url} can't be reached`)
    const answer = await peer('anna', 'ask', question, '--scope', 'library', '--json')
    expect(jsonOf(answer)).toMatchObject({ results: [{ title: 'Garden', provider: 'self' }] })
    expect(await walletOf('anna')).toMatchObject({ entries: [{ kind: 'reserve' }, {}, {}] })
    const receipt = await peer('anna', 'verify-receipt', garden, '--json')
    expect(jsonOf(receipt)).toMatchObject({ error: { code: 'bad-input' } })
  })

  it('a peer that never joined is told that it needs the server, and which', async () => {
    const outcome = await peer('carl', 'wallet', '--json')
    expect(outcome.status).toBe(1)
    expect(jsonOf(outcome)).toEqual({
      error: {
        code: 'not-connected',
        message: expect.stringContaining(network.server.url) as string,
        hint: expect.stringContaining('--server') as string,
      },
    })
  })
})

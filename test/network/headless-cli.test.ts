import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSqliteLedgerArchive } from '../../src/adapters/storage-sqlite/sqlite-ledger-archive.ts'
import { bytesToHexText } from '../../src/domain/kernel/bytes.ts'
import { networkIdOf } from '../../src/domain/ledger/genesis.ts'
import {
  jsonOf,
  outcomeOf,
  runHeadless as run,
  startHeadless as start,
  type Outcome,
} from '../support/headless.ts'
import { sendAnswer, SERVED_WIRES, startModelServer } from '../support/model-server.ts'
import { readInfo } from '../support/node-peer.ts'
import { readLedgerStats } from '../support/server-stats.ts'
import { startServer, type TestServer } from '../support/start-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'loremesh-cli-'))
const question = 'How do bees tell where food is?'
const article = '# Bees\n\nHoney bees tell each other where food is with a waggle dance.\n'
const note = '# Garden\n\nThe roses in my garden are cut back in March.\n'

let server: TestServer
let seeder: ChildProcess

beforeAll(async () => {
  writeFileSync(join(folder, 'bees.md'), article)
  writeFileSync(join(folder, 'garden.md'), note)
  server = await startServer({ LOREMESH_SEEDER: 'false', LOREMESH_PAYMENT_WINDOW_SECONDS: '30' })
  seeder = start(['--server', server.url, '--data', join(folder, 'seeder'), 'seed', join(folder, 'bees.md')])
  await lineOf(seeder, 'Serving as')
})
afterAll(async () => {
  await end(seeder)
  await server.stop()
  rmSync(folder, { recursive: true })
})

/** Resolves with the first line on stderr that begins so. */
function lineOf({ stderr }: ChildProcess, beginning: string): Promise<string> {
  if (stderr === null) throw new Error('The process has no stderr')
  const lines = createInterface(stderr)
  return new Promise((found, failed) => {
    lines.on('line', (line) => {
      if (line.startsWith(beginning)) found(line)
    })
    lines.once('close', () => failed(new Error(`No line began with "${beginning}"`)))
  })
}

async function end(child: ChildProcess): Promise<void> {
  const exited = new Promise((done) => child.once('exit', done))
  child.kill('SIGTERM')
  await exited
}

/** Runs a command of the peer with this data folder. */
const peer = (name: string, ...command: readonly string[]): Promise<Outcome> =>
  run(['--server', server.url, '--data', join(folder, name), ...command])

interface PrintedWallet {
  readonly entries: readonly { readonly purchases: readonly { readonly receipt: string }[] }[]
}

/** Verifies the receipt of the newest entry as somebody else, and once more after it was changed. */
async function checkReceipt({ entries }: PrintedWallet): Promise<void> {
  const receipt = entries[0]?.purchases[0]?.receipt ?? ''
  const path = join(folder, 'receipt.json')
  writeFileSync(path, receipt)
  const outcome = await peer('emil', 'verify-receipt', path, '--json')
  expect(jsonOf(outcome)).toMatchObject({ verdict: 'valid', facts: { amount: someText } })
  expect(outcome.status).toBe(0)
  writeFileSync(path, receipt.replace(/"amountMicroTokens": "\d+"/, '"amountMicroTokens": "1"'))
  const changed = await peer('emil', 'verify-receipt', path)
  expect(changed.status).toBe(1)
  expect(changed.stdout).toMatch(/^Do not trust this receipt\. .*\n {2}Failed .*: the price\n/)
}

const someText = expect.any(String) as string
/** A checkpoint may come at any time. */
const final = expect.toBeOneOf(['certified', 'checkpointed']) as string
const someNumber = expect.any(Number) as number

describe('ask --json', () => {
  it('prints results, timings and cost, and nothing else; what was bought is free the second time', async () => {
    const first = await peer('anna', 'ask', question, '--json')
    expect(first.status).toBe(0)
    const answer = jsonOf(first)
    expect(answer).toEqual({
      results: [
        {
          contextHash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
          title: 'Bees',
          text: expect.stringContaining('waggle dance') as string,
          score: someNumber,
          provider: expect.stringMatching(/^12D3KooW/) as string,
          paidMicroTokens: expect.stringMatching(/^[1-9]\d*$/) as string,
          transport: 'webrtc',
        },
      ],
      quotes: [{ n: 1, text: expect.stringContaining('waggle dance') as string }],
      citations: [
        {
          n: 1,
          contextHash: expect.stringMatching(/^sha256:/) as string,
          title: 'Bees',
          headingPath: ['Bees'],
          documentHash: expect.stringMatching(/^sha256:/) as string,
          documentTitle: 'Bees',
          author: expect.stringMatching(/^12D3KooW/) as string,
        },
      ],
      timings: {
        localMs: someNumber,
        discoverMs: someNumber,
        fetchMs: someNumber,
        payMs: someNumber,
        totalMs: someNumber,
      },
      cost: {
        promptTokens: someNumber,
        contextInputTokens: someNumber,
        fullInputTokens: someNumber,
        documents: 1,
        estimatedDocuments: 0,
        encoding: 'o200k_base',
        paidMicroTokens: expect.stringMatching(/^[1-9]\d*$/) as string,
        prices: expect.objectContaining({ inputUsdPerMillion: 3 }) as object,
        fullUsd: someNumber,
        cachedUsd: someNumber,
        withLoremeshUsd: someNumber,
        inputSaving: someNumber,
        totalSaving: someNumber,
        cachedSaving: someNumber,
      },
    })

    const second = jsonOf(await peer('anna', 'ask', question, '--json'))
    expect(second['results']).toMatchObject([{ provider: 'self', paidMicroTokens: '0', transport: 'local' }])

    // One reserve, which the seller can claim although the buyer was gone at once.
    const wallet = jsonOf(await peer('anna', 'wallet', '--json'))
    const someReceipt = expect.stringContaining('loremesh-receipt/2') as string
    expect(wallet['entries']).toMatchObject([
      { kind: 'reserve', purchases: [{ question, receipt: someReceipt }] },
      { kind: 'collect' },
      { kind: 'open' },
    ])
    await checkReceipt(wallet as unknown as PrintedWallet)
    const stats = () => readLedgerStats(server)
    await expect
      .poll(stats, { timeout: 20_000, interval: 500 })
      .toMatchObject({ conserved: true, pending: 0n })
  })

  it('prints an error with code, message and hint when the limit buys nothing', async () => {
    const outcome = await peer('ben', 'ask', question, '--max-cost', '0.000001', '--json')
    expect(outcome.status).toBe(1)
    expect(jsonOf(outcome)).toEqual({
      error: {
        code: 'price-above-limit',
        message: someText,
        hint: expect.stringContaining('limit') as string,
      },
    })
  })
})

it('adds to the own library, shares on demand, shows wallet and peers', async () => {
  const added = await peer('carl', 'add', join(folder, 'garden.md'))
  expect(added).toMatchObject({ status: 0, stdout: '' })
  expect(added.stderr).toContain('garden.md: 1 context\n1 of 1 file added\n')
  const own = jsonOf(await peer('carl', 'ask', 'When are the roses cut back?', '--json'))
  expect(own['results']).toMatchObject([{ title: 'Garden', provider: 'self', transport: 'local' }])

  const shared = await peer('carl', 'add', join(folder, 'garden.md'), '--share')
  expect(shared.stderr).toContain('1 of 1 file added and shared')

  expect(jsonOf(await peer('carl', 'wallet', '--json'))).toMatchObject({
    balance: '0',
    credit: '1000000000',
    pendingOut: '0',
    pendingIn: '0',
    entries: [{ kind: 'collect', change: '1000000000', state: final }, { kind: 'open' }],
    notice: '',
  })
  const { peers } = jsonOf(await peer('carl', 'peers', '--json'))
  expect(peers).toContainEqual({
    peerId: expect.stringMatching(/^12D3KooW/) as string,
    link: expect.toBeOneOf([null, 'webrtc', 'relay']) as string | null,
    reputation: 0.5,
    uptimePercent: someNumber,
    latencyMs: expect.toBeOneOf([null, someNumber]) as number | null,
  })
})

describe('ask --answer', () => {
  const garden = ['--server', '', '--data', join(folder, 'gardener')]
  const roses = ['ask', 'When are the roses cut back?', '--scope', 'library', '--answer', '--model', 'm']
  const keyFile = join(folder, 'key')

  beforeAll(async () => {
    garden[1] = server.url
    writeFileSync(keyFile, 'secret-key\n')
    await peer('gardener', 'add', join(folder, 'garden.md'))
  })

  it('prints quotes, what the model writes, and what that cites', async () => {
    const model = await startModelServer((_, response) =>
      sendAnswer(SERVED_WIRES.openai, ['In **March** ', '[1], not in May [7].\u001b[2J'], response),
    )
    const { status, stdout } = await run([
      ...garden,
      ...roses,
      ...['--model-url', `${model.origin}/v1`, '--model-key-file', keyFile],
    ])
    expect(status).toBe(0)
    const parts = [
      '“The roses in my garden are cut back in March.” [1]',
      'In **March** [1], not in May [7].\uFFFD[2J',
      '[1] Garden (from you, 0 tokens)',
      '! The model cites passages that it was not given: [7]',
    ]
    expect(stdout.split('\n\n').slice(0, 4)).toEqual(parts)
    expect(model.requests[0]).toMatchObject({
      path: '/v1/chat/completions',
      headers: { authorization: 'Bearer secret-key' },
      body: { model: 'm' },
    })
    await model.close()
  })

  it('keeps what came when it is stopped with Ctrl-C', async () => {
    const model = await startModelServer((_, response) => {
      response.writeHead(200, { 'content-type': SERVED_WIRES.anthropic.contentType })
      response.write(SERVED_WIRES.anthropic.piece('In March [1], and '))
    })
    const child = start([...garden, ...roses], {
      LOREMESH_MODEL_PROVIDER: 'anthropic',
      LOREMESH_MODEL_URL: model.origin,
      LOREMESH_MODEL_KEY: 'secret-key',
    })
    const outcome = outcomeOf(child)
    child.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('In March')) child.kill('SIGINT')
    })
    await model.whenAbandoned
    const { status, stdout, stderr } = await outcome
    expect(status).toBe(130)
    expect(stdout).toContain('In March [1], and \n\n[1] Garden')
    expect(stderr).toContain('The answer was stopped')
    expect(model.requests[0]?.headers['x-api-key']).toBe('secret-key')
    await model.close()
  })

  it('says why a model does not write, and prints what was found all the same', async () => {
    const model = await startModelServer((_, response) => response.writeHead(401).end())
    const { status, stdout } = await run([...garden, ...roses, '--json', '--model-url', model.origin])
    expect(status).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      results: [{ title: 'Garden' }],
      quotes: [{ n: 1 }],
      written: { model: 'm', text: '', error: { code: 'unauthorized' } },
    })
    await model.close()
  })
})

it('lets one process at a time use a data folder', async () => {
  const outcome = await peer('seeder', 'wallet', '--json')
  expect(outcome.status).toBe(1)
  expect(jsonOf(outcome)).toEqual({ error: { code: 'already-running', message: someText, hint: someText } })
})

it('keeps the entries of everybody when it is told to', async () => {
  const place = ['--server', server.url, '--data', join(folder, 'keeper')]
  const keeper = start([...place, '--keep-ledger', 'seed'])
  await lineOf(keeper, 'Serving as')
  await end(keeper)
  const { genesis } = await readInfo(server)
  const network = bytesToHexText(networkIdOf(genesis))
  const archive = openSqliteLedgerArchive({ directory: join(folder, 'keeper'), network })
  const { entries } = await archive.page(0, 1_000)
  await archive.close()
  // Its own account, and at least that of the seeder.
  const accounts = new Set(entries.map(({ signed }) => bytesToHexText(signed.entry.account)))
  expect(accounts.size).toBeGreaterThanOrEqual(2)
})

it('says in one error when the server can not be reached', async () => {
  // Nothing listens on the port of tcpmux.
  const args = ['--server', 'http://127.0.0.1:1', '--data', join(folder, 'dora'), 'ask', question]
  const asJson = await run([...args, '--json'])
  expect(asJson.status).toBe(1)
  const { error } = jsonOf(asJson)
  expect(error).toEqual({ code: 'not-connected', message: someText, hint: someText })
  expect((error as { hint: string }).hint).not.toBe('')
  const asText = await run(args)
  expect(asText).toMatchObject({ status: 1, stdout: '' })
  expect(asText.stderr.trim().split('\n')).toHaveLength(1)
})

it('answers a command line that makes no sense with 2', async () => {
  const usage = await run(['--server', server.url, '--data', folder, 'dance'])
  expect(usage).toMatchObject({ status: 2, stdout: '' })
  expect(usage.stderr).toContain('"dance" is not a command')
  expect(usage.stderr).toContain('Usage:')
  const asJson = await run(['ask', question, '--json'])
  expect(asJson.status).toBe(2)
  expect(jsonOf(asJson)).toEqual({
    error: { code: 'bad-input', message: '--server is missing', hint: 'See --help' },
  })
  expect(await run(['--help'])).toMatchObject({ status: 0, stderr: '' })
})

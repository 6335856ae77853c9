import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readKeptFile, readKeptRecord } from '../../../../src/adapters/embedding-transformers/kept-model.ts'
import type { ModelFiles } from '../../../../src/adapters/embedding-transformers/model-files.ts'
import { openEmbeddingModels } from '../../../../src/adapters/embedding-transformers/open-embedding-models.ts'
import type { ByteProgress } from '../../../../src/ports/embedding-models.ts'
import { testBytes } from '../../../support/test-contexts.ts'
import { startTestHub, type TestHub } from '../../../support/test-hub.ts'

const ID = 'someone/small-model'
const WEIGHTS = 'onnx/model_quantized.onnx'
const weights = testBytes(3_500_000)
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const files = new Map<string, Uint8Array>([
  ['config.json', json({ model_type: 'bert', hidden_size: 384, max_position_embeddings: 512 })],
  ['tokenizer_config.json', json({})],
  ['tokenizer.json', json({ model: {} })],
  ['1_Pooling/config.json', json({ pooling_mode_cls_token: true })],
  ['config_sentence_transformers.json', json({ prompts: { query: 'search: ' } })],
  [WEIGHTS, weights],
])

function createMemoryFiles(): ModelFiles {
  const kept = new Map<string, Uint8Array<ArrayBuffer>>()
  return {
    read: (name) => Promise.resolve(kept.get(name)),
    write: (name, bytes) => Promise.resolve(void kept.set(name, bytes.slice())),
    names: () => Promise.resolve([...kept.keys()]),
    remove: (name) => Promise.resolve(void kept.delete(name)),
  }
}

describe('a model of a hub', () => {
  let hub: TestHub
  let kept: ModelFiles
  const never = new AbortController().signal

  beforeEach(async () => {
    hub = await startTestHub(ID, files)
    kept = createMemoryFiles()
  })
  afterEach(() => hub.stop())

  const open = () => openEmbeddingModels({ hub: hub.url, kept })
  const stateOf = async () => (await open().list()).find(({ id }) => id === ID)

  it('comes with progress in bytes, is what the hub said, and tells how to use it', async () => {
    const progress: ByteProgress[] = []
    await open().download(ID, (step) => progress.push(step), never)
    const received = progress.map(({ receivedBytes }) => receivedBytes)
    expect(received.length).toBeGreaterThan(10)
    expect(received).toEqual(received.toSorted((a, b) => a - b))
    expect(progress.at(-1)?.receivedBytes).toBe(progress.at(-1)?.totalBytes)
    expect(await stateOf()).toMatchObject({ isHere: true, origin: 'hub', dimensions: 384 })
    const record = await readKeptRecord(kept, ID)
    expect(record).toMatchObject({ pooling: 'cls', queryPrefix: 'search: ', isComplete: true })
    const file = record?.files.find(({ path }) => path === WEIGHTS)
    if (record === undefined || file === undefined) throw new Error('The model has no weights')
    expect(await readKeptFile(kept, record, file)).toEqual(weights)
  })

  it('is asked for by nobody but the user', async () => {
    const models = open()
    await models.list()
    await expect(models.open(ID, 'wasm')).rejects.toMatchObject({ code: 'not-ready' })
    expect(hub.requests).toEqual([])
  })

  it.each([true, false])('goes on where it broke off (hub that knows ranges: %s)', async (knowsRanges) => {
    hub.knowsRanges = knowsRanges
    hub.breakAfterBytes = 2_500_000
    await expect(open().download(ID, () => undefined, never)).rejects.toMatchObject({ code: 'not-connected' })
    expect(await stateOf()).toMatchObject({ isHere: false })
    const stored = (await stateOf())?.storedBytes ?? 0
    expect(stored).toBeGreaterThan(2 * 1024 * 1024)

    hub.breakAfterBytes = Infinity
    const received: number[] = []
    await open().download(ID, ({ receivedBytes }) => received.push(receivedBytes), never)
    expect(received[0]).toBe(stored)
    expect(hub.requests.at(-1)).toContain(`${WEIGHTS} bytes=2097152-`)
    expect(hub.requests.filter((request) => request.startsWith('api/'))).toHaveLength(1)
    expect((await stateOf())?.isHere).toBe(true)
  })

  it('stops when it is told to, and keeps what came', async () => {
    const stop = new AbortController()
    const downloading = open().download(
      ID,
      ({ receivedBytes }) => receivedBytes > 1_500_000 && stop.abort(),
      stop.signal,
    )
    await expect(downloading).rejects.toMatchObject({ code: 'aborted' })
    expect((await stateOf())?.storedBytes).toBeGreaterThanOrEqual(1024 * 1024)
  })

  it('that is not what the hub announced is refused and forgotten', async () => {
    const lying = openEmbeddingModels({
      hub: hub.url,
      kept,
      async fetch(address, init) {
        const response = await fetch(address, init)
        return address.endsWith(WEIGHTS)
          ? new Response(new Blob([testBytes(weights.length, 2).slice()]))
          : response
      },
    })
    await expect(lying.download(ID, () => undefined, never)).rejects.toMatchObject({ code: 'bad-content' })
    expect(await stateOf()).toMatchObject({ isHere: false })
    expect((await stateOf())?.storedBytes).toBeLessThan(1024)
  })

  it('is removed with everything that was kept of it', async () => {
    await open().download(ID, () => undefined, never)
    await open().remove(ID)
    expect(await kept.names()).toEqual([])
    expect(await stateOf()).toBeUndefined()
  })

  it('leaves nothing behind when it is removed while it comes', async () => {
    let goOn: () => void = () => undefined
    const written = new Promise<void>((resolve) => (goOn = resolve))
    let isWriting = false
    const models = openEmbeddingModels({
      hub: hub.url,
      kept: {
        ...kept,
        async write(name, bytes) {
          if (name.includes(WEIGHTS)) {
            isWriting = true
            await written
          }
          await kept.write(name, bytes)
        },
      },
    })
    const downloading = models.download(ID, () => undefined, never)
    const stopped = expect(downloading).rejects.toMatchObject({ code: 'aborted' })
    await expect.poll(() => isWriting).toBe(true)
    const removing = models.remove(ID)
    goOn()
    await Promise.all([removing, stopped])
    expect(await kept.names()).toEqual([])
  })

  it.each([
    ['someone/unknown', 'not-found'],
    ['no-owner', 'bad-input'],
    ['../etc/passwd', 'bad-input'],
    ['a/b?c', 'bad-input'],
  ])('%s is refused with %s', async (id, code) => {
    await expect(open().download(id, () => undefined, never)).rejects.toMatchObject({ code })
  })
})

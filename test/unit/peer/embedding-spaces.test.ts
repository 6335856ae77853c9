import { describe, expect, it } from 'vitest'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { createEmbeddingSpaces } from '../../../src/peer/embedding-spaces.ts'
import { BUILT_IN_MODEL } from '../../../src/peer/built-in-model.ts'
import { sampleContext } from '../../contract/sample-records.ts'
import { createLetterModels, LETTER_SPACE } from '../../support/letter-models.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { valueOf } from '../../support/value-of.ts'

import { allEmbedded, openSpaces, PASSAGES } from './embedding-fixture.ts'

describe('choosing a model', () => {
  it('lets it serve beside the built-in one once everything has a vector of it, and not before', async () => {
    const { spaces, models, embedder, contextStore, stateOf, spacesOfQuestions } = await openSpaces()
    spaces.pause()
    const choosing = spaces.use('letters', 'webgpu')
    await expect.poll(() => stateOf('letters')?.phase).toBe('embedding')
    expect(stateOf('letters')).toMatchObject({ phase: 'embedding', embedded: 0, toEmbed: PASSAGES })
    expect(await spacesOfQuestions()).toEqual([embedder.space])
    expect(models.embedded).toEqual([])

    spaces.resume()
    await choosing
    expect(stateOf('letters')).toMatchObject({ phase: 'active', embedded: PASSAGES, device: 'webgpu' })
    expect(stateOf(BUILT_IN_MODEL)?.phase).toBe('active')
    expect(await spacesOfQuestions()).toEqual([embedder.space, LETTER_SPACE])
    expect((await contextStore.listVectors(LETTER_SPACE)).size).toBe(PASSAGES)
  })

  it('goes on after a restart where it stopped, whatever was embedded by then', async () => {
    const first = await openSpaces()
    first.models.restsAfter = 72
    const choosing = first.spaces.use('letters', 'auto')
    await expect.poll(() => first.models.embedded.length).toBe(72)
    await first.spaces.close()
    await choosing
    const stored = (await first.contextStore.listVectors(LETTER_SPACE)).size
    expect(stored).toBe(64)

    const second = await openSpaces(first.contextStore)
    await second.spaces.use('letters', 'auto')
    expect(second.models.embedded).toHaveLength(PASSAGES - stored)
    expect(second.stateOf('letters')?.phase).toBe('active')
  })

  it('can be taken back before and after it serves, which closes the model', async () => {
    const { spaces, models, embedder, stateOf, spacesOfQuestions } = await openSpaces()
    spaces.pause()
    const choosing = spaces.use('letters', 'auto')
    await expect.poll(() => stateOf('letters')?.phase).toBe('embedding')
    await spaces.stop('letters')
    spaces.resume()
    await choosing
    expect(stateOf('letters')).toMatchObject({ phase: 'ready', failure: '' })
    expect(await spacesOfQuestions()).toEqual([embedder.space])
    expect(models.opened).toBe(0)

    await spaces.use('letters', 'auto')
    expect(stateOf('letters')?.phase).toBe('active')
    await spaces.stop('letters')
    expect(stateOf('letters')?.phase).toBe('ready')
    expect(await spacesOfQuestions()).toEqual([embedder.space])
    expect(models.opened).toBe(0)
  })

  it('on another device keeps the vectors that are there', async () => {
    const { spaces, models, embedder, stateOf, spacesOfQuestions } = await openSpaces()
    await spaces.use('letters', 'wasm')
    await spaces.use('letters', 'webgpu')
    expect(stateOf('letters')).toMatchObject({ phase: 'active', device: 'webgpu' })
    expect(await spacesOfQuestions()).toEqual([embedder.space, LETTER_SPACE])
    expect(models.embedded.filter((text) => text.startsWith('Passage'))).toHaveLength(PASSAGES)
    expect(models.opened).toBe(1)
  })

  it('twice at once leaves one of them open', async () => {
    const { spaces, models, stateOf } = await openSpaces()
    await Promise.all([spaces.use('letters', 'wasm'), spaces.use('letters', 'webgpu')])
    expect(stateOf('letters')).toMatchObject({ phase: 'active', device: 'webgpu', failure: '' })
    expect(models.opened).toBe(1)
  })

  it('shows what is added later until it is embedded, too', async () => {
    const { spaces, index, contextStore, models, stateOf } = await openSpaces()
    await spaces.use('letters', 'wasm')
    models.restsAfter = models.embedded.length + 1
    spaces.pause()
    const added = sampleContext('Added later.')
    await contextStore.putContexts([added], [])
    await index.add([added])
    expect(stateOf('letters')).toMatchObject({
      phase: 'embedding',
      embedded: PASSAGES,
      toEmbed: PASSAGES + 1,
    })
    models.restsAfter = Infinity
    spaces.resume()
    await expect.poll(() => stateOf('letters')?.phase).toBe('active')
  })
})

describe('a model that fails', () => {
  it('while it embeds is given up, and says why', async () => {
    const { spaces, models, embedder, stateOf, spacesOfQuestions } = await openSpaces()
    models.failure = new LoremeshError('internal', 'The worker stopped', 'Choose it again')
    await spaces.use('letters', 'auto')
    expect(stateOf('letters')).toMatchObject({
      phase: 'ready',
      failure: 'The worker stopped. Choose it again.',
    })
    expect(await spacesOfQuestions()).toEqual([embedder.space])
    expect(models.opened).toBe(0)
  })

  it('while it serves leaves the built-in one, and says why', async () => {
    const { spaces, models, embedder, stateOf, spacesOfQuestions } = await openSpaces()
    await spaces.use('letters', 'auto')
    models.failure = new LoremeshError('internal', 'The worker stopped')
    expect(await spacesOfQuestions()).toEqual([embedder.space])
    await expect.poll(() => stateOf('letters')?.failure).toBe('The worker stopped.')
    expect(stateOf('letters')?.phase).toBe('ready')
    expect(models.opened).toBe(0)
  })

  it('because it is not here is never downloaded for it', async () => {
    const { spaces, stateOf } = await openSpaces()
    await spaces.use('far', 'auto')
    expect(stateOf('far')).toMatchObject({ phase: 'absent', failure: 'It is not here. Download it.' })
  })
})

describe('a question', () => {
  it('does not wait long for a model that is busy, which goes on serving', async () => {
    const { index, contextStore, embedder } = await openSpaces()
    const models = createLetterModels()
    const clock = createManualClock()
    const spaces = createEmbeddingSpaces({
      index,
      contextStore,
      clock,
      embeddingModels: {
        ...models,
        async open(id, device) {
          const model = await models.open(id, device)
          const never = new Promise<Float32Array[]>(() => undefined)
          return { ...model, embed: (texts, role) => (role === 'query' ? never : model.embed(texts, role)) }
        },
      },
    })
    const using = spaces.use('letters', 'auto')
    while (valueOf(spaces.state).models.every(({ id, phase }) => id !== 'letters' || phase !== 'active')) {
      await clock.advance(100)
    }
    await using
    const vectors = index.embedQuestion('passage')
    await clock.advance(2_000)
    expect((await vectors).map(({ space }) => space)).toEqual([embedder.space])
    const state = valueOf(spaces.state).models.find(({ id }) => id === 'letters')
    expect(state).toMatchObject({ phase: 'active', failure: '' })
  })
})

describe('a download', () => {
  it('shows its progress in bytes and can be stopped', async () => {
    const { spaces, stateOf } = await openSpaces()
    const downloading = spaces.download('far')
    expect(stateOf('far')).toMatchObject({ phase: 'downloading', storedBytes: 4, sizeBytes: 10 })
    await spaces.stop('far')
    await expect(downloading).rejects.toMatchObject({ code: 'aborted' })
    expect(stateOf('far')).toMatchObject({ phase: 'absent', failure: '' })
  })

  it('of a model that nobody has heard of is listed while it runs', async () => {
    const { spaces, stateOf } = await openSpaces()
    const downloading = spaces.download('someone/model')
    expect(stateOf('someone/model')?.phase).toBe('downloading')
    await spaces.stop('someone/model')
    await expect(downloading).rejects.toMatchObject({ code: 'aborted' })
    expect(stateOf('someone/model')).toBeUndefined()
  })

  it('that fails says why, to the caller and in the state', async () => {
    const { spaces, models, stateOf } = await openSpaces()
    models.download = () => Promise.reject(new LoremeshError('not-connected', 'No answer', 'Try again'))
    await expect(spaces.download('far')).rejects.toMatchObject({ code: 'not-connected' })
    expect(stateOf('far')).toMatchObject({ phase: 'absent', failure: 'No answer. Try again.' })
  })
})

describe('vectors of a model', () => {
  it('are not what peers are told: these stay those of static-384', async () => {
    const { spaces, index, embedder, contextStore } = await openSpaces()
    await spaces.use('letters', 'auto')
    const [context] = await contextStore.listContexts()
    const hash = context?.contextHash
    const spacesOfHeld = async () => {
      const vectors = await index.vectorsOf(hash === undefined ? [] : [hash])
      return [...vectors.values()].map(({ space }) => space)
    }
    await allEmbedded(index)
    expect(await spacesOfHeld()).toEqual([embedder.space])
  })

  it('go with the model, once it is not used any more', async () => {
    const { spaces, index, contextStore, embedder } = await openSpaces()
    await spaces.use('letters', 'auto')
    await spaces.remove('letters')
    expect((await contextStore.listVectors(LETTER_SPACE)).size).toBe(PASSAGES)
    await spaces.stop('letters')
    expect((await contextStore.listVectors(LETTER_SPACE)).size).toBe(PASSAGES)
    await spaces.remove('letters')
    expect((await contextStore.listVectors(LETTER_SPACE)).size).toBe(0)
    await allEmbedded(index)
    expect((await contextStore.listVectors(embedder.space)).size).toBe(PASSAGES)
  })
})

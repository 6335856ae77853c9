import { describe, expect, it } from 'vitest'
import { createMemoryContextStore } from '../../../src/adapters/storage-memory/memory-context-store.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { createEmbeddingSpaces, type EmbeddingSpaces } from '../../../src/peer/embedding-spaces.ts'
import { createLetterModels } from '../../support/letter-models.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { valueOf } from '../../support/value-of.ts'

import { openSpaces } from './embedding-fixture.ts'

describe('whatever fails', () => {
  const failureOf = (spaces: EmbeddingSpaces, id?: string) => {
    const state = valueOf(spaces.state)
    return id === undefined ? state.failure : state.models.find((model) => model.id === id)?.failure
  }

  it.each(['open', 'load', 'dispose'] as const)('in %s is told by the state of the model', async (method) => {
    const { spaces, models } = await openSpaces()
    models.broken.add(method)
    await spaces.use('letters', 'auto')
    await spaces.stop('letters')
    expect(failureOf(spaces, 'letters')).toBe(`${method} is broken.`)
  })

  it('in the index that is to forget a model closes it all the same', async () => {
    const { index, contextStore } = await openSpaces()
    const models = createLetterModels()
    const spaces = createEmbeddingSpaces({
      index: {
        ...index,
        useModel: (embedder) =>
          embedder === undefined ? Promise.reject(new Error('The index is broken')) : Promise.resolve(),
      },
      contextStore,
      embeddingModels: models,
      clock: createManualClock(),
    })
    await spaces.use('letters', 'auto')
    expect(models.opened).toBe(1)
    await spaces.stop('letters')
    expect(models.opened).toBe(0)
    expect(failureOf(spaces, 'letters')).toBe('The index is broken.')
  })

  it('in removing a model is told by its state', async () => {
    const { spaces, models } = await openSpaces()
    models.broken.add('remove')
    await spaces.remove('letters')
    expect(failureOf(spaces, 'letters')).toBe('remove is broken.')
  })

  it('in storing vectors gives the model up and is told by its state', async () => {
    const full = new LoremeshError('storage-full', 'The disk is full', 'Remove something')
    const store = { ...createMemoryContextStore(), putVectors: () => Promise.reject(full) }
    const { spaces, stateOf } = await openSpaces(store)
    await spaces.use('letters', 'auto')
    expect(stateOf('letters')).toMatchObject({
      phase: 'ready',
      failure: 'The disk is full. Remove something.',
    })
  })

  it.each(['list', 'devices'] as const)('in %s at the start is told, and nothing rejects', async (method) => {
    const { index, contextStore } = await openSpaces()
    const models = createLetterModels()
    models.broken.add(method)
    const clock = createManualClock()
    const spaces = createEmbeddingSpaces({ index, contextStore, embeddingModels: models, clock })
    await spaces.start()
    expect(failureOf(spaces)).toBe(`${method} is broken.`)
    models.broken.clear()
    const using = spaces.use('letters', 'auto')
    await expect.poll(() => valueOf(index.toEmbed)).toBeGreaterThan(0)
    await spaces.close()
    await using
    expect(failureOf(spaces)).toBe('')
  })

  it('with a model that nobody lists is told all the same', async () => {
    const { spaces } = await openSpaces()
    await spaces.use('someone/gone', 'auto')
    expect(failureOf(spaces)).toBe('It is not here. Download it.')
  })
})

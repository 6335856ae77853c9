import { beforeEach, describe, expect, it } from 'vitest'
import { page } from 'vitest/browser'
import { createSampleModels } from '../../support/sample-models.ts'
import { createSamplePeer } from '../../support/sample-peer.ts'
import { showApp } from './show-app.ts'

beforeEach(() => page.viewport(1280, 800))

function showModels() {
  const models = createSampleModels()
  const { settings } = showApp({ kind: 'ready', peer: { ...createSamplePeer(), models } }, '#/more')
  return { calls: models.calls, settings }
}

const openModels = () => page.getByRole('link', { name: /^Models/ }).click()
const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
const card = (name: string) => page.getByRole('article', { name })

describe('the models', () => {
  it('say how far each of them is, and why one could not be used', async () => {
    showModels()
    await openModels()
    await expect.element(card('Built-in word vectors')).toMatchTextContent(/Always active/)
    await expect
      .element(card('Universal Sentence Encoder Lite'))
      .toMatchTextContent(/Embedding 1,280 of 4,096/)
    await expect
      .element(card('Universal Sentence Encoder Lite'))
      .toMatchTextContent(/computed with WebAssembly/)
    await expect.element(card('Snowflake Arctic Embed XS')).toMatchTextContent(/Downloading 9 MB of 22\.6 MB/)
    await expect
      .element(card('example/multilingual-e5-small'))
      .toMatchTextContent(/stopped\. Choose it again\./)
  })

  it('are chosen, stopped, paused and removed by a press, and the choice is kept', async () => {
    const { calls, settings } = showModels()
    await openModels()
    await press('Stop Snowflake Arctic Embed XS')
    await press('Pause')
    await press('Go on')
    await press('Remove download of example/multilingual-e5-small')
    await press('Use example/multilingual-e5-small')
    await page.getByRole('radio', { name: 'WebGPU' }).click({ force: true })
    expect(calls).toEqual([
      'stop Snowflake/snowflake-arctic-embed-xs',
      'pause',
      'resume',
      'remove example/multilingual-e5-small',
      'use example/multilingual-e5-small with auto',
      'use example/multilingual-e5-small with webgpu',
    ])
    expect(settings.get()).toMatchObject({
      embeddingModel: 'example/multilingual-e5-small',
      modelDevice: 'webgpu',
    })
  })

  it('of the hub are asked for by their id, and a refusal is explained', async () => {
    const { calls } = showModels()
    await openModels()
    await page.getByRole('textbox', { name: 'Id of the model' }).fill(' someone/model ')
    await press('Download from the hub')
    await expect.element(page.getByText('The hub has no such model. Check the id.')).toBeVisible()
    expect(calls).toEqual(['download someone/model'])
  })
})

import { describe, expect, it } from 'vitest'
import {
  checkModelChoice,
  parseModelChoice,
  type ModelChoice,
} from '../../../../src/domain/answer/model-choice.ts'

const choice: ModelChoice = {
  provider: 'openai',
  endpoint: 'https://api.example/v1',
  model: 'small',
  apiKey: 'k',
}
const check = (part: Partial<ModelChoice>) => () => checkModelChoice({ ...choice, ...part })

describe('the choice of a language model', () => {
  it('is trimmed, and needs no address for the browser’s own model', () => {
    expect(checkModelChoice({ ...choice, endpoint: ' https://api.example/v1// ', apiKey: ' k\n' })).toEqual(
      choice,
    )
    expect(checkModelChoice({ ...choice, provider: 'browser' })).toEqual({
      provider: 'browser',
      endpoint: '',
      model: '',
      apiKey: '',
    })
  })

  it('takes addresses that are encrypted or of this machine, and no others', () => {
    for (const endpoint of [
      'http://localhost:11434',
      'http://127.0.0.1:8080/v1',
      'http://[::1]:1234',
      'https://x.example:8443',
    ])
      expect(check({ endpoint })).not.toThrow()
    for (const endpoint of [
      'http://192.168.0.2:11434',
      'http://localhost.evil.example',
      'ftp://x',
      'api.example',
      '',
      'https://u:p@x.example',
      'https://x.example?key=1',
      'javascript:alert(1)',
    ])
      expect(check({ endpoint }), endpoint).toThrow(expect.objectContaining({ code: 'bad-input' }))
  })

  it('needs a model, and a key that can be one', () => {
    expect(check({ model: ' ' })).toThrow(expect.objectContaining({ code: 'bad-input' }))
    expect(check({ apiKey: 'two words' })).toThrow(expect.objectContaining({ code: 'bad-input' }))
    expect(check({ apiKey: 'x'.repeat(501) })).toThrow(expect.objectContaining({ code: 'bad-input' }))
  })

  it('is read from what was stored, whatever that is', () => {
    expect(parseModelChoice(choice)).toEqual(choice)
    expect(parseModelChoice({ provider: 'ollama', model: 3 })).toEqual({
      provider: 'ollama',
      endpoint: '',
      model: '',
      apiKey: '',
    })
    for (const value of [null, 'x', {}, { provider: 'other' }])
      expect(parseModelChoice(value)).toBeUndefined()
  })
})

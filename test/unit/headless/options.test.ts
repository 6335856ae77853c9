import { describe, expect, it } from 'vitest'
import { parseOptions, UsageError } from '../../../src/headless/options.ts'

const place = ['--server', 'http://127.0.0.1:8080', '--data', 'peer']

function commandOf(...args: readonly string[]) {
  const options = parseOptions([...place, ...args], {})
  return options === 'help' ? options : options.command
}

describe('a command line', () => {
  it('names one receipt to verify', () => {
    expect(commandOf('verify-receipt', 'receipt.json', '--json')).toEqual({
      name: 'verify-receipt',
      path: 'receipt.json',
      json: true,
    })
    expect(() => commandOf('verify-receipt')).toThrow(UsageError)
    expect(() => commandOf('verify-receipt', 'one.json', 'two.json')).toThrow(UsageError)
  })

  it('keeps the ledger of others only when it says so', () => {
    expect(parseOptions([...place, 'seed'], {})).toMatchObject({ keepLedger: false })
    expect(parseOptions([...place, 'seed', '--keep-ledger'], {})).toMatchObject({ keepLedger: true })
  })

  it('bounds what bought passages take, by a flag or the environment', () => {
    const quotaOf = (args: readonly string[], environment: NodeJS.ProcessEnv = {}) => {
      const options = parseOptions([...place, 'seed', ...args], environment)
      return options === 'help' ? options : options.cacheQuotaBytes
    }
    expect(quotaOf([])).toBe(Infinity)
    expect(quotaOf(['--cache-quota', '5'])).toBe(5 * 1024 * 1024)
    expect(quotaOf([], { LOREMESH_CACHE_QUOTA: '0' })).toBe(0)
    expect(quotaOf(['--cache-quota', '5'], { LOREMESH_CACHE_QUOTA: '7' })).toBe(5 * 1024 * 1024)
    for (const text of ['-1', 'much', '1.5', '', '9999999999']) {
      expect(() => quotaOf([`--cache-quota=${text}`])).toThrow('it must be a whole number of MB')
    }
  })

  it('caps what serving takes, by flags or the environment', () => {
    const capsOf = (args: readonly string[], environment: NodeJS.ProcessEnv = {}) => {
      const options = parseOptions([...place, 'seed', ...args], environment)
      return options === 'help' ? options : options.servingCaps
    }
    const uncapped = { uploadBytesPerSecond: Infinity, dailyBytes: Infinity, servesOnBattery: true }
    expect(capsOf([])).toEqual(uncapped)
    expect(capsOf(['--upload-kbps', '800', '--daily-mb', '5'])).toEqual({
      uploadBytesPerSecond: 100_000,
      dailyBytes: 5 * 1024 * 1024,
      servesOnBattery: true,
    })
    expect(capsOf(['--daily-mb', '1'], { LOREMESH_UPLOAD_KBPS: '64', LOREMESH_DAILY_MB: '9' })).toMatchObject(
      {
        uploadBytesPerSecond: 8_000,
        dailyBytes: 1024 * 1024,
      },
    )
    expect(() => capsOf(['--upload-kbps', '63'])).toThrow(
      'it must be a whole number of kilobits, 64 at least',
    )
    expect(() => capsOf(['--daily-mb', '0'])).toThrow('it must be a whole number of MB')
  })

  it('asks both the library and the network, or one of them', () => {
    expect(commandOf('ask', 'Why?')).toMatchObject({ scope: 'both' })
    expect(commandOf('ask', 'Why?', '--scope', 'library')).toMatchObject({ scope: 'library' })
    expect(() => commandOf('ask', 'Why?', '--scope', 'moon')).toThrow('library, network or both')
  })

  it('has an answer written only when it says so, by a model that it names', () => {
    expect(commandOf('ask', 'Why?', '--model', 'm')).toMatchObject({ model: undefined })
    expect(commandOf('ask', 'Why?', '--answer', '--model', 'm', '--model-key-file', 'key')).toMatchObject({
      model: {
        choice: { provider: 'openai', endpoint: 'https://api.openai.com/v1', model: 'm', apiKey: '' },
        keyFile: 'key',
      },
    })
    expect(() => commandOf('ask', 'Why?', '--answer')).toThrow(/^--answer needs --model/)
    expect(() => commandOf('ask', 'Why?', '--answer', '--model', 'm', '--model-provider', 'browser')).toThrow(
      UsageError,
    )
  })

  it('takes the model and its key from the environment', () => {
    const environment = {
      LOREMESH_MODEL_PROVIDER: 'ollama',
      LOREMESH_MODEL: 'llama',
      LOREMESH_MODEL_URL: 'http://localhost:1',
      LOREMESH_MODEL_KEY: 'secret',
    }
    expect(
      parseOptions([...place, 'ask', 'Why?', '--answer', '--model', 'other'], environment),
    ).toMatchObject({
      command: {
        model: {
          choice: { provider: 'ollama', endpoint: 'http://localhost:1', model: 'other', apiKey: 'secret' },
          keyFile: undefined,
        },
      },
    })
  })

  it('gives the key of the environment to nobody else', () => {
    const environment = { LOREMESH_MODEL_KEY: 'secret', LOREMESH_MODEL_KEY_FILE: 'file', LOREMESH_MODEL: 'm' }
    const modelOf = (...args: readonly string[]) => {
      const options = parseOptions([...place, 'ask', 'Why?', '--answer', ...args], environment)
      return options !== 'help' && options.command.name === 'ask' ? options.command.model : undefined
    }
    expect(modelOf()).toMatchObject({ choice: { apiKey: 'secret' }, keyFile: 'file' })
    for (const other of [
      ['--model-provider', 'anthropic'],
      ['--model-url', 'https://elsewhere.example/v1'],
    ]) {
      expect(modelOf(...other)).toMatchObject({ choice: { apiKey: '' }, keyFile: undefined })
      expect(modelOf(...other, '--model-key-file', 'own')).toMatchObject({ keyFile: 'own' })
    }
  })

  it('takes server and data from the environment', () => {
    const environment = { LOREMESH_SERVER: 'http://127.0.0.1:8080', LOREMESH_DATA: 'peer' }
    expect(parseOptions(['wallet'], environment)).toMatchObject({
      dataDirectory: 'peer',
      command: { name: 'wallet', json: false },
    })
    expect(() => parseOptions(['wallet'], {})).toThrow('--server is missing')
  })
})

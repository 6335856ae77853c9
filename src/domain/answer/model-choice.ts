import { LoremeshError } from '../kernel/errors.ts'

/** Who can write an answer. `openai` is every endpoint that speaks OpenAI's chat completions. */
const MODEL_PROVIDERS = ['openai', 'anthropic', 'gemini', 'ollama', 'browser'] as const
export type ModelProvider = (typeof MODEL_PROVIDERS)[number]

/** The language model that the user chose. The key is a secret: it goes to `endpoint` and nowhere else. */
export interface ModelChoice {
  readonly provider: ModelProvider
  /** Base address of the provider's API; empty for the browser's own model. */
  readonly endpoint: string
  /** The provider's name of the model; empty for the browser's own. */
  readonly model: string
  /** Empty where none is needed. */
  readonly apiKey: string
}

/** Where the providers' APIs are, unless the user says otherwise. */
export const DEFAULT_ENDPOINTS: Readonly<Record<ModelProvider, string>> = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com/v1',
  gemini: 'https://generativelanguage.googleapis.com/v1beta',
  ollama: 'http://localhost:11434',
  browser: '',
}

const MAX_CHARACTERS = 500
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/**
 * The choice with its blanks trimmed, ready for use. Throws `bad-input` for what can't work, and for an address to which
 * keys and questions would go unencrypted: `http:` is for this machine only.
 */
export function checkModelChoice(choice: ModelChoice): ModelChoice {
  const { provider } = choice
  if (provider === 'browser') return { provider, endpoint: '', model: '', apiKey: '' }
  const [endpoint, model, apiKey] = [choice.endpoint, choice.model, choice.apiKey].map((text) => text.trim())
  const checked = {
    provider,
    endpoint: (endpoint ?? '').replace(/\/+$/, ''),
    model: model ?? '',
    apiKey: apiKey ?? '',
  }
  if (checked.model === '') {
    throw new LoremeshError(
      'bad-input',
      'No model is named',
      'Write the name that the provider gives its model',
    )
  }
  if ([checked.endpoint, checked.model, checked.apiKey].some((text) => text.length > MAX_CHARACTERS)) {
    throw new LoremeshError(
      'bad-input',
      `The address, model or key is longer than ${MAX_CHARACTERS} characters`,
    )
  }
  if (!/^[\x21-\x7e]*$/.test(checked.apiKey)) {
    throw new LoremeshError(
      'bad-input',
      'The key has characters that no key has',
      'Copy it again, without blanks',
    )
  }
  checkEndpoint(checked.endpoint)
  return checked
}

/** The choice that a stored or handed-over value holds; undefined when it holds none. */
export function parseModelChoice(value: unknown): ModelChoice | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const given = value as Record<string, unknown>
  const provider = MODEL_PROVIDERS.find((one) => one === given['provider'])
  if (provider === undefined) return undefined
  const text = (name: string): string => {
    const field = given[name]
    return typeof field === 'string' ? field.slice(0, MAX_CHARACTERS) : ''
  }
  return { provider, endpoint: text('endpoint'), model: text('model'), apiKey: text('apiKey') }
}

/** What an address begins with and the host in it; the domain has no `URL`. */
const ADDRESS = /^(https?):\/\/([^\s/?#@]+)(?:\/[^\s?#]*)?$/

function checkEndpoint(endpoint: string): void {
  const [, scheme, authority = ''] = ADDRESS.exec(endpoint) ?? []
  if (scheme === undefined) {
    throw new LoremeshError(
      'bad-input',
      `"${endpoint}" is not the address of an API`,
      'Write it like https://api.example.com/v1, without a key in it',
    )
  }
  if (scheme === 'http' && !LOOPBACK.test(authority.replace(/:\d+$/, ''))) {
    throw new LoremeshError(
      'bad-input',
      'Questions and keys would go to this address unencrypted',
      'Use https:, or http: with localhost',
    )
  }
}

import { readFile } from 'node:fs/promises'
import {
  checkModelChoice,
  DEFAULT_ENDPOINTS,
  type ModelChoice,
  type ModelProvider,
} from '../domain/answer/model-choice.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'

/** Those that are asked over HTTP; the browser's own model is none of them. */
const HTTP_PROVIDERS = ['openai', 'anthropic', 'gemini', 'ollama'] as const satisfies readonly ModelProvider[]

/** The language model that is to write, as a command line and its environment name it. */
export interface ModelOptions {
  /** With the key of the environment, if there is one. */
  readonly choice: ModelChoice
  /** A file that holds the key; undefined when the environment does, or none is needed. */
  readonly keyFile: string | undefined
}

/** What a command line says about the model. It can't hold the key, which every user of the machine could read there. */
export interface ModelFlags {
  readonly model?: string | undefined
  readonly 'model-provider'?: string | undefined
  readonly 'model-url'?: string | undefined
  readonly 'model-key-file'?: string | undefined
}

/** The model of a command line, or else of the environment. Throws `bad-input` for an unknown provider or no model's name. */
export function readModelOptions(flags: ModelFlags, environment: NodeJS.ProcessEnv): ModelOptions {
  const wanted = flags['model-provider'] ?? environment['LOREMESH_MODEL_PROVIDER'] ?? 'openai'
  const provider = HTTP_PROVIDERS.find((one) => one === wanted)
  if (provider === undefined) {
    const known = HTTP_PROVIDERS.join(', ')
    throw new LoremeshError('bad-input', `"${wanted}" is no provider of models; take one of ${known}`)
  }
  const model = flags.model ?? environment['LOREMESH_MODEL'] ?? ''
  if (model === '') throw new LoremeshError('bad-input', '--answer needs --model or LOREMESH_MODEL')
  const known = recipientOfEnvironment(environment)
  const endpoint =
    flags['model-url'] ?? (provider === known.provider ? known.endpoint : DEFAULT_ENDPOINTS[provider])
  // A key is its provider's: it must not go to another one, which only the command line names.
  const isKnown = provider === known.provider && endpoint === known.endpoint
  const apiKey = isKnown ? (environment['LOREMESH_MODEL_KEY'] ?? '') : ''
  const keyFile = flags['model-key-file'] ?? (isKnown ? environment['LOREMESH_MODEL_KEY_FILE'] : undefined)
  return { choice: { provider, endpoint, model, apiKey }, keyFile }
}

/** To whom the key of an environment belongs. */
function recipientOfEnvironment(environment: NodeJS.ProcessEnv): {
  readonly provider: string
  readonly endpoint: string
} {
  const provider = environment['LOREMESH_MODEL_PROVIDER'] ?? 'openai'
  const endpoint =
    environment['LOREMESH_MODEL_URL'] ??
    Object.entries(DEFAULT_ENDPOINTS).find(([name]) => name === provider)?.[1] ??
    ''
  return { provider, endpoint }
}

/** The checked choice with its key. Throws `not-found` when the key's file can't be read, and what `checkModelChoice` does. */
export async function openModelChoice({ choice, keyFile }: ModelOptions): Promise<ModelChoice> {
  if (keyFile === undefined) return checkModelChoice(choice)
  const apiKey = await readFile(keyFile, 'utf8').catch((cause: unknown) => {
    throw new LoremeshError('not-found', `The key file "${keyFile}" can not be read`, 'Check the path', {
      cause,
    })
  })
  return checkModelChoice({ ...choice, apiKey })
}

import { DEFAULT_PRICES, parsePrices, type Prices } from '../domain/economy/prices.ts'
import { createWritable, type Readable } from '../domain/kernel/readable.ts'
import type { DeviceChoice } from '../peer/embedding-spaces.ts'
import { BUILT_IN_MODEL } from '../peer/built-in-model.ts'
import type { AskScope } from '../peer/peer.ts'
import {
  DEFAULT_SERVING_SETTINGS,
  parseServingSettings,
  type ServingSettings,
} from '../peer/serving-settings.ts'

export type Theme = 'system' | 'light' | 'dark'

/** What the user chose. */
export interface SettingsValues {
  /** Whole tokens that one question may spend without asking, from 0 to 1000. */
  readonly maxTokensPerQuestion: number
  /** True once the user allowed that questions go to other peers. */
  readonly networkConsent: boolean
  readonly scope: AskScope
  readonly theme: Theme
  /** Whether this browser keeps the network's ledger of the last 7 days. */
  readonly keepLedger: boolean
  /** Room in MB that passages bought from others may take, from 0 to 100,000. */
  readonly cacheQuotaMegabytes: number
  /** Id of the model by which the own library is searched. */
  readonly embeddingModel: string
  /** What is to compute it. */
  readonly modelDevice: DeviceChoice
  /** By which savings are reckoned. */
  readonly prices: Prices
  /** What serving others may take of this device. */
  readonly serving: ServingSettings
}

/** The user's choices, kept in this browser. */
export interface Settings extends Readable<SettingsValues> {
  get(): SettingsValues
  change(part: Partial<SettingsValues>): void
}

export const DEFAULT_SETTINGS: SettingsValues = {
  maxTokensPerQuestion: 20,
  networkConsent: false,
  scope: 'both',
  theme: 'system',
  keepLedger: false,
  cacheQuotaMegabytes: 200,
  embeddingModel: BUILT_IN_MODEL,
  modelDevice: 'auto',
  prices: DEFAULT_PRICES,
  serving: DEFAULT_SERVING_SETTINGS,
}

const STORAGE_KEY = 'loremesh:settings'
/** What the user agrees to when questions may go out: to be changed when they go to more peers or say more. */
const CONSENT_TERMS = 'up to 16 peers'
const MAX_TOKENS_PER_QUESTION = 1000
const MAX_CACHE_QUOTA_MEGABYTES = 100_000
const BYTES_PER_MEGABYTE = 1024 * 1024
const scopes: readonly unknown[] = ['library', 'network', 'both'] satisfies AskScope[]
const devices: readonly unknown[] = ['auto', 'wasm', 'webgpu'] satisfies DeviceChoice[]
const MAX_MODEL_ID_CHARACTERS = 200
const themes: readonly unknown[] = ['system', 'light', 'dark'] satisfies Theme[]

/** Settings kept in `storage`. A storage that is blocked or full makes them last for this tab only. */
export function createSettings(storage: Pick<Storage, 'getItem' | 'setItem'>): Settings {
  const values = createWritable(loadSettings(storage))
  return {
    get: values.get,
    subscribe: values.subscribe,
    change(part) {
      const next = parseSettings({ ...values.get(), ...part })
      values.set(next)
      try {
        storage.setItem(STORAGE_KEY, JSON.stringify({ ...next, consentTerms: CONSENT_TERMS }))
      } catch {
        // A blocked storage is no reason to refuse the choice.
      }
    },
  }
}

function loadSettings(storage: Pick<Storage, 'getItem'>): SettingsValues {
  try {
    const stored = JSON.parse(storage.getItem(STORAGE_KEY) ?? '{}') as { readonly consentTerms?: unknown }
    const settings = parseSettings(stored)
    return stored.consentTerms === CONSENT_TERMS ? settings : { ...settings, networkConsent: false }
  } catch {
    return DEFAULT_SETTINGS
  }
}

/** The valid settings among `value`; the default stands in for each that is missing or out of range. */
export function parseSettings(value: unknown): SettingsValues {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const model = given['embeddingModel']
  return {
    maxTokensPerQuestion: wholeUpTo(
      MAX_TOKENS_PER_QUESTION,
      given['maxTokensPerQuestion'],
      DEFAULT_SETTINGS.maxTokensPerQuestion,
    ),
    networkConsent: given['networkConsent'] === true,
    scope: scopes.includes(given['scope']) ? (given['scope'] as AskScope) : DEFAULT_SETTINGS.scope,
    theme: themes.includes(given['theme']) ? (given['theme'] as Theme) : DEFAULT_SETTINGS.theme,
    keepLedger: given['keepLedger'] === true,
    cacheQuotaMegabytes: wholeUpTo(
      MAX_CACHE_QUOTA_MEGABYTES,
      given['cacheQuotaMegabytes'],
      DEFAULT_SETTINGS.cacheQuotaMegabytes,
    ),
    embeddingModel:
      typeof model === 'string' && model !== '' && model.length <= MAX_MODEL_ID_CHARACTERS
        ? model
        : DEFAULT_SETTINGS.embeddingModel,
    modelDevice: devices.includes(given['modelDevice'])
      ? (given['modelDevice'] as DeviceChoice)
      : DEFAULT_SETTINGS.modelDevice,
    prices: parsePrices(given['prices']),
    serving: parseServingSettings(given['serving']),
  }
}

/** The room that bought passages may take, in bytes. */
export function cacheQuotaBytes({ cacheQuotaMegabytes }: SettingsValues): number {
  return cacheQuotaMegabytes * BYTES_PER_MEGABYTE
}

/** The whole number from 0 to `largest` that is nearest to `value`; `otherwise` for what is no number. */
function wholeUpTo(largest: number, value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value)
    ? Math.min(largest, Math.max(0, Math.round(value)))
    : otherwise
}

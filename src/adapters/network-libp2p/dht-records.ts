import { NotFoundError } from '@libp2p/interface'
import { BaseDatastore } from 'datastore-core'
import { Key, type Pair, type Query } from 'interface-datastore'
import { base32 } from 'multiformats/bases/base32'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import { createProviderTable, type ProviderTableLimits } from '../../domain/network/provider-table.ts'

/** Values kept for others; beyond them the one that was put first goes. */
const MAX_VALUES = 1_024
const PROVIDERS = '/dht/provider'

/** What a server of the DHT keeps, in memory and within bounds: `put` throws `storage-full` for what it does not take. */
export class DhtRecords extends BaseDatastore {
  readonly #providers
  readonly #values = new Map<string, Uint8Array>()

  constructor(limits: ProviderTableLimits, nowMs: () => number) {
    super()
    this.#providers = createProviderTable(limits, nowMs)
  }

  /** Records kept at the moment. */
  get size(): number {
    return this.#providers.size + this.#values.size
  }

  /** Ids of the peers that provide what has this key, the newest record last. */
  providersOf(key: Uint8Array): readonly string[] {
    return this.#providers.list(base32.baseEncode(key)).map(({ peer }) => peer)
  }

  override put(key: Key, value: Uint8Array): Promise<Key> {
    const place = providerOf(key)
    if (place === undefined) this.#putValue(key.toString(), value)
    else if (!this.#providers.put({ ...place, value })) {
      const message = 'The peer keeps as many records here as one may'
      return Promise.reject(new LoremeshError('storage-full', message))
    }
    return Promise.resolve(key)
  }

  override get(key: Key): Promise<Uint8Array> {
    const value = this.#find(key)
    return value === undefined
      ? Promise.reject(new NotFoundError(`There is no record ${key.toString()}`))
      : Promise.resolve(value)
  }

  override has(key: Key): Promise<boolean> {
    return Promise.resolve(this.#find(key) !== undefined)
  }

  override delete(key: Key): Promise<void> {
    const place = providerOf(key)
    if (place === undefined) this.#values.delete(key.toString())
    else this.#providers.remove(place.key, place.peer)
    return Promise.resolve()
  }

  /** Looks up the providers of a key, which the DHT asks for by their common prefix, without going through all records. */
  override query(query: Query): ReturnType<BaseDatastore['query']> {
    const [, , , key] = (query.prefix ?? '').split('/')
    if (query.prefix?.startsWith(`${PROVIDERS}/`) !== true || key === undefined) return super.query(query)
    return generate(this.#providers.list(key).map(toPair))
  }

  override _all(): AsyncGenerator<Pair> {
    const values = [...this.#values].map(([key, value]) => ({ key: new Key(key, false), value }))
    return generate([...this.#providers.all().map(toPair), ...values])
  }

  #putValue(key: string, value: Uint8Array): void {
    this.#values.delete(key)
    this.#values.set(key, value)
    const [oldest] = this.#values.keys()
    if (this.#values.size > MAX_VALUES && oldest !== undefined) this.#values.delete(oldest)
  }

  #find(key: Key): Uint8Array | undefined {
    const place = providerOf(key)
    if (place === undefined) return this.#values.get(key.toString())
    return this.#providers.list(place.key).find(({ peer }) => peer === place.peer)?.value
  }
}

/** The parts of `/dht/provider/<key>/<peer>`; undefined for the key of a value. */
function providerOf(key: Key): { readonly key: string; readonly peer: string } | undefined {
  const text = key.toString()
  const [, , , provided, peer] = text.split('/')
  if (!text.startsWith(`${PROVIDERS}/`) || provided === undefined || peer === undefined) return undefined
  return { key: provided, peer }
}

function toPair({ key, peer, value }: { key: string; peer: string; value: Uint8Array }): Pair {
  return { key: new Key(`${PROVIDERS}/${key}/${peer}`, false), value }
}

async function* generate(pairs: readonly Pair[]): AsyncGenerator<Pair> {
  yield* pairs
  await Promise.resolve()
}

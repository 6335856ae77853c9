import type { AnnouncedContexts } from '../domain/content/announced-contexts.ts'
import { hashText, type ContextHash } from '../domain/content/context-hash.ts'
import type { Descriptor, SignedDescriptor } from '../domain/content/descriptor.ts'
import type { Account } from '../domain/identity/account.ts'
import type { Identity } from '../domain/identity/identity.ts'
import { bytesEqual, bytesToHexText } from '../domain/kernel/bytes.ts'
import { toIndexedText } from '../domain/retrieval/indexed-text.ts'
import type { ContextStore } from '../ports/context-store.ts'
import type { Embedder } from '../ports/embedder.ts'
import type { PassageIndex } from '../ports/passage-index.ts'
import { describedContext, describedVector } from './described-context.ts'
import { createGroups } from './groups.ts'
import { createLastingPassageIndex } from './lasting-passage-index.ts'
import type { Query } from './query.ts'

/** How many descriptors are kept: altogether, of these only learnt from neighbours, of one author, and of one context. */
interface CatalogueLimits {
  readonly total: number
  readonly learnt: number
  readonly perAuthor: number
  readonly perContext: number
}

const LIMITS: CatalogueLimits = { total: 20_000, learnt: 10_000, perAuthor: 2_000, perContext: 4 }
/** Descriptors read at the start: the own ones, which nothing limits, are stored among them. */
const MAX_STORED = 1_000_000

/**
 * What others have announced: contexts that somebody shares, searchable by title, headings, tags and meaning.
 *
 * Nobody's word about a context counts more than another's, so what each author says stands by itself: the newest of
 * every author is kept and searched. Where there is no room for all, the oldest gives way: of an author who says too
 * much, of a context that too many describe, of all. So nobody can shut out others for good, and who is still there
 * announces itself again. What this peer says itself is none of this: it stays where it is stored.
 */
export interface Catalogue {
  /** Takes up what earlier runs stored; it is found soon after. */
  start(): Promise<void>
  /** Stores verified descriptors and makes them searchable; true when at least one of them was new. */
  add(descriptors: readonly SignedDescriptor[]): Promise<boolean>
  /**
   * Makes verified descriptors searchable that a neighbour knew and that were not heard here. What is only learnt takes the
   * room of nothing that was heard, gives way to it, and is forgotten at the end.
   */
  learn(descriptors: readonly SignedDescriptor[]): Promise<void>
  /** Whether this very descriptor, signature and all, is kept: whatever is added was verified. */
  has(signed: SignedDescriptor): boolean
  /** How many contexts of an author are described here. */
  countOf(author: Account): number
  /** Contexts that an author announced, the newest first. */
  contextsOf(author: Account): readonly ContextHash[]
  /** What their author says of contexts; nothing of those that the author did not announce. */
  descriptorsOf(announced: AnnouncedContexts): readonly SignedDescriptor[]
  /** Those of an author's contexts that are not described here and that there is room for. */
  missing(announced: AnnouncedContexts): readonly ContextHash[]
  /** Who has announced a context. */
  announcersOf(contextHash: ContextHash): readonly Account[]
  /** The best described contexts, best first: everything that is said about each of them, the newest first. */
  search(query: Query, limit: number): Promise<readonly (readonly SignedDescriptor[])[]>
}

/** Creates a catalogue over the descriptors of `contextStore`. Vectors of another space than `embedding` don't count. */
export function createCatalogue(
  components: {
    readonly identity: Pick<Identity, 'account'>
    readonly contextStore: Pick<ContextStore, 'listDescriptors' | 'putDescriptors' | 'deleteDescriptors'>
    /** Empty, and of nobody else; finds descriptors by their keys. */
    readonly passageIndex: PassageIndex
  },
  embedding: Pick<Embedder, 'space' | 'dimensions'>,
  limits = LIMITS,
): Catalogue {
  const { identity, contextStore } = components
  const passageIndex = createLastingPassageIndex(components.passageIndex, () =>
    reindex({ fresh: [...described.values()], dropped: [] }),
  )
  /** By their keys, in the order in which they came, as in the groups. */
  const described = new Map<ContextHash, SignedDescriptor>()
  /** Those of them that were only learnt, in the order in which they came. */
  const learnt = new Set<ContextHash>()
  const byAuthor = createGroups<ContextHash>()
  const byContext = createGroups<ContextHash>()

  function put(key: ContextHash, signed: SignedDescriptor): void {
    const { descriptor } = signed
    described.set(key, signed)
    byAuthor.add(bytesToHexText(descriptor.author), key)
    byContext.add(descriptor.contextHash, key)
  }

  /** Forgets a descriptor; gives it, if it is there. */
  function drop(key: ContextHash): readonly Descriptor[] {
    const descriptor = described.get(key)?.descriptor
    if (descriptor === undefined) return []
    described.delete(key)
    learnt.delete(key)
    byAuthor.remove(bytesToHexText(descriptor.author), key)
    byContext.remove(descriptor.contextHash, key)
    return [descriptor]
  }

  /** Drops the oldest while there is too much, now that this one came; gives what was dropped. */
  function makeRoom({ contextHash, author }: Descriptor): readonly Descriptor[] {
    const keys = [
      byContext.oldestBeyond(limits.perContext, contextHash),
      byAuthor.oldestBeyond(limits.perAuthor, bytesToHexText(author)),
    ]
    const dropped = keys.flatMap((key) => (key === undefined ? [] : drop(key)))
    const [oldest] = learnt.size > 0 ? learnt : described.keys()
    const isFull = described.size > limits.total || learnt.size > limits.learnt
    return oldest !== undefined && isFull ? [...dropped, ...drop(oldest)] : dropped
  }

  /** Takes up what is new; gives what of it stays, and what had to give way. */
  function takeUp(descriptors: readonly SignedDescriptor[]) {
    const fresh: SignedDescriptor[] = []
    const dropped: Descriptor[] = []
    for (const signed of descriptors) {
      const { descriptor } = signed
      const key = keyOf(descriptor)
      const known = described.get(key)
      // What was only learnt counts from now on as what it is.
      const isNewer =
        known === undefined || learnt.has(key) || known.descriptor.createdAtMs < descriptor.createdAtMs
      if (!isNewer || bytesEqual(descriptor.author, identity.account)) continue
      drop(key)
      put(key, signed)
      fresh.push(signed)
      dropped.push(...makeRoom(descriptor))
    }
    return { fresh: fresh.filter((signed) => described.get(keyOf(signed.descriptor)) === signed), dropped }
  }

  /** Takes up what is missing and has room; gives it, and what was learnt before and had to give way. */
  function takeUpLearnt(descriptors: readonly SignedDescriptor[]) {
    const fresh: SignedDescriptor[] = []
    const dropped: Descriptor[] = []
    for (const signed of descriptors) {
      const { author, contextHash } = signed.descriptor
      if (missing({ author, contextHashes: [contextHash] }).length === 0) continue
      put(keyOf(signed.descriptor), signed)
      learnt.add(keyOf(signed.descriptor))
      fresh.push(signed)
      dropped.push(...makeRoom(signed.descriptor))
    }
    return { fresh: fresh.filter((signed) => described.get(keyOf(signed.descriptor)) === signed), dropped }
  }

  function missing({ author, contextHashes }: AnnouncedContexts): readonly ContextHash[] {
    if (bytesEqual(author, identity.account)) return []
    const room = limits.perAuthor - byAuthor.count(bytesToHexText(author))
    return contextHashes
      .filter((contextHash) => !described.has(keyOf({ contextHash, author })))
      .filter((contextHash) => byContext.count(contextHash) < limits.perContext)
      .slice(0, Math.max(0, room))
  }

  /** Makes searchable what is fresh, in the place of earlier words of the same authors, and nothing that was dropped. */
  async function reindex({ fresh, dropped }: ReturnType<typeof takeUp>): Promise<void> {
    const texts = fresh.map(({ descriptor }) => ({
      ...toIndexedText(describedContext(descriptor, descriptor.description, descriptor.createdAtMs)),
      contextHash: keyOf(descriptor),
    }))
    const vectors = fresh.flatMap(({ descriptor }) => {
      const vector = describedVector(descriptor, embedding)
      return vector === null ? [] : [[keyOf(descriptor), vector] as const]
    })
    await Promise.all([
      passageIndex.remove([...dropped, ...fresh.map(({ descriptor }) => descriptor)].map(keyOf)),
      passageIndex.add(texts),
      passageIndex.setVectors(embedding.space, new Map(vectors)),
    ])
  }

  return {
    async start() {
      const stored = await contextStore.listDescriptors(MAX_STORED)
      const taken = takeUp(stored.toReversed())
      // Found little by little; an index that can't be filled says why at the next search.
      reindex(taken).catch(() => undefined)
      if (taken.dropped.length > 0) await contextStore.deleteDescriptors(taken.dropped)
    },
    async add(descriptors) {
      const taken = takeUp(descriptors)
      const { fresh, dropped } = taken
      if (fresh.length + dropped.length > 0) await reindex(taken)
      if (dropped.length > 0) await contextStore.deleteDescriptors(dropped)
      if (fresh.length > 0) await contextStore.putDescriptors(fresh)
      return fresh.length > 0
    },
    learn: (descriptors) => reindex(takeUpLearnt(descriptors)),
    has({ descriptor, wire }) {
      const known = described.get(keyOf(descriptor))
      return known !== undefined && bytesEqual(known.wire, wire)
    },
    countOf: (author) => byAuthor.count(bytesToHexText(author)),
    contextsOf: (author) =>
      byAuthor
        .members(bytesToHexText(author))
        .flatMap((key) => described.get(key)?.descriptor.contextHash ?? [])
        .reverse(),
    descriptorsOf: ({ author, contextHashes }) =>
      contextHashes.flatMap((contextHash) => described.get(keyOf({ contextHash, author })) ?? []),
    missing,
    announcersOf: (contextHash) =>
      byContext.members(contextHash).flatMap((key) => described.get(key)?.descriptor.author ?? []),
    async search({ question, vector, tags }, limit) {
      const hits = await passageIndex.search({
        question,
        queryVectors: vector === null ? [] : [{ space: embedding.space, values: vector }],
        tags,
        limit: limit * limits.perContext,
      })
      const found = hits.flatMap((hit) => described.get(hit.contextHash)?.descriptor.contextHash ?? [])
      return [...new Set(found)].slice(0, limit).map((contextHash) =>
        byContext
          .members(contextHash)
          .flatMap((key) => described.get(key) ?? [])
          .sort((a, b) => b.descriptor.createdAtMs - a.descriptor.createdAtMs),
      )
    },
  }
}

/** Names what an author says about a context, in the form in which an index names what it finds. */
function keyOf({ contextHash, author }: Pick<Descriptor, 'contextHash' | 'author'>): ContextHash {
  return hashText(`${contextHash} ${bytesToHexText(author)}`)
}

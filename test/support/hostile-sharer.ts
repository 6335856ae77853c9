import { hashText, MAX_CONTEXT_BYTES, type ContextHash } from '../../src/domain/content/context-hash.ts'
import { signDescriptor } from '../../src/domain/content/descriptor-codec.ts'
import { toPrintable } from '../../src/domain/content/printable.ts'
import { normalizeTags } from '../../src/domain/content/tags.ts'
import type { Identity } from '../../src/domain/identity/identity.ts'
import { textToBytes } from '../../src/domain/kernel/bytes.ts'
import { countTerms, questionTerms } from '../../src/domain/retrieval/term-counts.ts'
import type { SearchHit } from '../../src/ports/network.ts'
import { startNodePeer, type NodePeer } from './node-peer.ts'
import type { TestServer } from './start-server.ts'

/** What a question has at most. */
const RESULTS = 8

/** Names of the parts of the texts that one question each is about. */
export const BATCHES = ['red', 'green', 'blue', 'grey'] as const

/** The texts that a question about this part is answered with. */
export function textsOf(batch: (typeof BATCHES)[number], texts: readonly string[]): readonly string[] {
  const first = BATCHES.indexOf(batch) * RESULTS
  return texts.slice(first, first + RESULTS)
}

/** What the sharer says about a text, as it arrives: descriptors hold printable lines only. */
export function describedAs(text: string): string {
  return toPrintable(text, 120)
}

/** A hit but for the terms of the question. */
type Description = Omit<SearchHit, 'termCounts'>

/** Words that no other text has. */
function ownWords(n: number): string {
  return Array.from({ length: 13 }, (_, at) => hashText(`${n} ${at}`).slice(7, 15)).join(' ')
}

function contentOf(text: string, n: number): string {
  return `Zebra notes ${ownWords(n)}\n\nSaid plainly: ${text}\n\n\`\`\`\n${text}\n\`\`\``
}

/**
 * Starts a peer that shares a context for each of the texts, which is also its title, heading, description and tag. It
 * finds those of a part for a question about its notes, such as “Which red notes are there?”, and for one about what was
 * lost as many, described likewise, that are too large to be bought.
 */
export async function startHostileSharer(
  server: Pick<TestServer, 'url'>,
  texts: readonly string[],
): Promise<NodePeer> {
  const sharer = await startNodePeer(server, {
    intercept: (_handlers, identity) => ({
      onSearch({ question }) {
        const batch = BATCHES.find((name) => question.includes(name))
        const found = batch === undefined ? [] : textsOf(batch, texts)
        const describeOne = question.includes('lost') ? tooLarge : offer
        const terms = questionTerms(question)
        return Promise.resolve(
          found.map((text) => {
            const n = texts.indexOf(text)
            return { ...describeOne(identity, text, n), termCounts: countTerms(terms, contentOf(text, n)) }
          }),
        )
      },
    }),
  })
  const files = texts.map((text, n) => ({ path: `${n}.txt`, bytes: textToBytes(contentOf(text, n)) }))
  for (const { documentHash } of await sharer.peer.library.add(files)) {
    if (documentHash !== undefined) await sharer.peer.library.setVisibility(documentHash, 'shared')
  }
  await sharer.peer.announce()
  return sharer
}

function offer(identity: Identity, text: string, n: number): Description {
  const content = contentOf(text, n)
  return describe(identity, text, n, hashText(content), textToBytes(content).length)
}

function tooLarge(identity: Identity, text: string, n: number): Description {
  return describe(identity, text, n, hashText(`lost ${n}`), MAX_CONTEXT_BYTES)
}

function describe(
  identity: Identity,
  text: string,
  n: number,
  contextHash: ContextHash,
  sizeBytes: number,
): Description {
  const said = describedAs(text)
  const descriptor = signDescriptor(identity, {
    contextHash,
    sizeBytes,
    title: said,
    headingPath: [said],
    description: said,
    tags: normalizeTags([text]),
    references: [],
    documentHash: contextHash,
    documentTitle: `Document ${n}`,
    documentBytes: sizeBytes,
    author: identity.account,
    createdAtMs: Date.now(),
    vector: null,
  })
  return { descriptor, snippet: `Zebra notes ${ownWords(n)}`.slice(0, 160) }
}

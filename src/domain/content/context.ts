import type { PeerId } from '../identity/account.ts'
import type { ContextHash } from './context-hash.ts'

/** Whether the peer made a context from its own document, fetched it from a peer, or got it with the app. */
export type ContextOrigin = 'own' | 'cached' | 'guide'

/** The shared unit: a piece of text with what is known about it. */
export interface Context {
  readonly contextHash: ContextHash
  readonly text: string
  readonly sizeBytes: number
  /** Document title and heading path, outermost first, joined for display by the screens. */
  readonly title: string
  readonly headingPath: readonly string[]
  readonly tags: readonly string[]
  readonly documentHash: ContextHash
  readonly documentTitle: string
  readonly documentBytes: number
  /** Byte range in the document's text. */
  readonly startByte: number
  readonly endByte: number
  readonly author: PeerId
  readonly origin: ContextOrigin
  readonly addedAtMs: number
}

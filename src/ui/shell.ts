import type { ErrorCode } from '../domain/kernel/errors.ts'
import type { AddedFile } from '../domain/content/ingest-file.ts'
import type { Readable } from '../domain/kernel/readable.ts'
import type { Peer } from '../peer/peer.ts'
import type { LanguageModelStore } from './language-model.ts'
import type { Settings } from './settings.ts'

/** Something that went wrong, in words: what happened and what to do about it. */
export interface Problem {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string
}

/** Where this tab stands: on its way, leading, following the tab that leads, or unable to start. */
export type ShellState =
  | { readonly kind: 'starting'; readonly message: string }
  | { readonly kind: 'ready'; readonly peer: Peer }
  | { readonly kind: 'follower'; takeOver(): void }
  | { readonly kind: 'failed'; readonly error: Problem }

/**
 * Whether the screen is kept on while this peer serves: `refused` while the browser does not allow it, as it does not for a
 * hidden page.
 */
export type WakeLockState = 'off' | 'held' | 'refused' | 'unsupported'

/** A newer version of the app that waits; `apply` changes over to it and reloads. */
export interface AppUpdate {
  readonly available: boolean
  apply(): void
}

/** The browser's offer to install the app; `prompt` shows it. */
export interface AppInstall {
  readonly available: boolean
  prompt(): void
}

/** What the entry hands to the screens. */
export interface Shell {
  readonly state: Readable<ShellState>
  readonly update: Readable<AppUpdate>
  readonly install: Readable<AppInstall>
  readonly settings: Settings
  readonly wakeLock: Readable<WakeLockState>
  readonly languageModel: LanguageModelStore
  /** Gets what an address leads to. Throws why it can't be had: `bad-input`, `not-connected`, `not-found`, `message-too-large` … */
  readonly download: (address: string, signal: AbortSignal) => Promise<AddedFile>
}

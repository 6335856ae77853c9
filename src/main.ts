import { createDownload } from './adapters/download-http/download.ts'
import { electLeader } from './adapters/leader-web-locks/leader.ts'
import { LoremeshError, toLoremeshError } from './domain/kernel/errors.ts'
import { createWritable } from './domain/kernel/readable.ts'
import type { RunningPeer } from './peer/create-peer.ts'
import { BUILT_IN_MODEL } from './peer/built-in-model.ts'
import { toServingCaps } from './peer/serving-settings.ts'
import { watchInstall } from './service-worker/install.ts'
import { registerServiceWorker } from './service-worker/register.ts'
import { isInvitation, takeInvitation } from './tab/join-address.ts'
import { noteAwake, sleepUntil } from './tab/sleep-log.ts'
import { createScreenWakeLock } from './tab/wake-lock.ts'
import { mountApp } from './ui/mount.ts'
import { createLanguageModelStore } from './ui/language-model.ts'
import { cacheQuotaBytes, createSettings } from './ui/settings.ts'
import type { ShellState } from './ui/shell.ts'

const LOCK_NAME = 'loremesh-leader'
const NOTE_AWAKE_MS = 30_000

const settings = createSettings(localStorage)
const state = createWritable<ShellState>({ kind: 'starting', message: 'Opening your library' })
const wakeLock = createScreenWakeLock(navigator.wakeLock, document)
/** Set when the browser had discarded the page to save memory; the first peer tells about it. */
let sleptBefore = isDiscarded(document) ? sleepUntil(Date.now(), localStorage) : undefined
/** In the address with which the page was opened; the first peer follows it. */
let invitation = takeInvitation(location, history)
let peer: RunningPeer | undefined
/** Whether the peer serves others at the moment. */
let isServing = false
/** The room that the peer's cache was told to keep within. */
let quotaBytes = 0

/** The peer is most of the app's code; loaded by itself, it lets the screens be painted first. */
async function openPeer(): Promise<RunningPeer> {
  const { openTabPeer } = await import('./tab/open-tab-peer.ts').catch((cause: unknown) => {
    throw new LoremeshError('not-connected', 'A part of the app could not be loaded', 'Reload this page', {
      cause,
    })
  })
  quotaBytes = cacheQuotaBytes(settings.get())
  const options = { cacheQuotaBytes: quotaBytes, servingCaps: toServingCaps(settings.get().serving) }
  const followed = invitation
  invitation = undefined
  return openTabPeer(sleptBefore === undefined ? options : { ...options, sleptBefore }, followed)
}

async function closePeer(): Promise<void> {
  const closing = peer
  peer = undefined
  wakeLock.want(false)
  await closing?.close()
}

/** Keeps the screen on while this tab serves others, if the user wants that. */
function keepAwake(): void {
  const serves = isServing && peer !== undefined
  wakeLock.want(serves && settings.get().serving.keepsAwake)
}

/** What the peer itself does is as the user wants it. Why something can't be done, `peer.archive` and `peer.cache` tell. */
function applySettings(): void {
  if (peer === undefined) return
  const wantedBytes = cacheQuotaBytes(settings.get())
  if (wantedBytes !== quotaBytes) void peer.cache.setQuota(wantedBytes).catch(() => undefined)
  quotaBytes = wantedBytes
  void peer.keepLedger(settings.get().keepLedger).catch(() => undefined)
  peer.serving.setCaps(toServingCaps(settings.get().serving))
  keepAwake()
}

/** Goes back to the model of the last time; why it can't, `peer.models` tells. */
function useChosenModel({ models }: RunningPeer): void {
  const { embeddingModel, modelDevice } = settings.get()
  if (embeddingModel !== BUILT_IN_MODEL) void models.use(embeddingModel, modelDevice)
}

/** Takes part in the election; opens the peer as soon as this tab leads, and closes it when another tab takes over. */
async function run(): Promise<void> {
  const leadership = await electLeader({ lockName: LOCK_NAME })
  if (leadership.role === 'follower') {
    state.set({ kind: 'follower', takeOver: () => void leadership.takeOver() })
    await leadership.whenLeader
    state.set({ kind: 'starting', message: 'Taking over from the other tab' })
  }
  peer = await openPeer()
  sleptBefore = undefined
  peer.serving.state.subscribe(({ pause }) => {
    isServing = pause === undefined
    keepAwake()
  })
  applySettings()
  useChosenModel(peer)
  state.set({ kind: 'ready', peer })
  leadership.onTakenOver(async () => {
    state.set({ kind: 'starting', message: 'Handing over to the other tab' })
    await closePeer().finally(start)
  })
}

function start(): void {
  run().catch((error: unknown) => {
    const { code, message, hint } = toLoremeshError(error)
    state.set({ kind: 'failed', error: { code, message, hint } })
  })
}

/** A hidden page may be ended without a word: it claims what it earned as long as it can. */
addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'hidden') void peer?.claimEverything()
  else peer?.checkAwake()
})
/** Signs that the browser, or the device, has let the page go on again. */
for (const [target, event] of [
  [document, 'resume'],
  [window, 'pageshow'],
  [window, 'online'],
] as const) {
  target.addEventListener(event, () => peer?.checkAwake())
}
/** Only the tab that leads is away when it sleeps. */
setInterval(() => peer && noteAwake(localStorage, Date.now()), NOTE_AWAKE_MS)
/** An invitation that is opened in a tab with the app in it is followed from the start. */
addEventListener('hashchange', () => {
  if (isInvitation(location.hash)) location.reload()
})
/**
 * A page that goes says goodbye at once, for it may have no turn left to close its peer in; one that the browser brings back
 * starts anew.
 */
addEventListener('pagehide', () => {
  peer?.leave()
  void closePeer()
})
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload()
})

/** Whether the browser had discarded the page to save memory; only Chromium says so. */
function isDiscarded(page: Document & { readonly wasDiscarded?: boolean }): boolean {
  return page.wasDiscarded === true
}

const target = document.getElementById('app')
if (target === null) throw new Error('The page has no element #app')
mountApp(target, {
  state,
  update: registerServiceWorker(closePeer),
  install: watchInstall(),
  settings,
  wakeLock: wakeLock.state,
  languageModel: createLanguageModelStore(localStorage),
  download: createDownload({ origin: location.origin, isOnline: () => navigator.onLine }),
})
settings.subscribe(applySettings)
start()

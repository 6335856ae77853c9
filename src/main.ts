import { electLeader } from './adapters/leader-web-locks/leader.ts'
import { toLoremeshError } from './domain/kernel/errors.ts'
import { createWritable } from './domain/kernel/readable.ts'
import { createPeer, type RunningPeer } from './peer/create-peer.ts'
import { watchInstall } from './service-worker/install.ts'
import { registerServiceWorker } from './service-worker/register.ts'
import { loadGuide } from './tab/guide.ts'
import { openTabComponents } from './tab/open-tab-components.ts'
import { mountApp } from './ui/mount.ts'
import { createSettings } from './ui/settings.ts'
import type { ShellState } from './ui/shell.ts'

const LOCK_NAME = 'loremesh-leader'

const state = createWritable<ShellState>({ kind: 'starting', message: 'Opening your library' })
let peer: RunningPeer | undefined

async function closePeer(): Promise<void> {
  await peer?.close()
  peer = undefined
}

async function run(): Promise<void> {
  const leadership = await electLeader({ lockName: LOCK_NAME })
  if (leadership.role === 'follower') {
    state.set({ kind: 'follower', takeOver: () => void leadership.takeOver() })
    await leadership.whenLeader
    state.set({ kind: 'starting', message: 'Taking over from the other tab' })
  }
  peer = await createPeer(await openTabComponents(), { guide: loadGuide() })
  state.set({ kind: 'ready', peer })
  leadership.onTakenOver(async () => {
    state.set({ kind: 'follower', takeOver: () => location.reload() })
    await closePeer()
  })
}

/** A page that goes claims what it earned and says goodbye; one that the browser brings back starts anew. */
addEventListener('pagehide', () => void closePeer())
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload()
})

const target = document.getElementById('app')
if (target === null) throw new Error('The page has no element #app')
mountApp(target, {
  state,
  update: registerServiceWorker(closePeer),
  install: watchInstall(),
  settings: createSettings(localStorage),
})
run().catch((error: unknown) => {
  const { code, message, hint } = toLoremeshError(error)
  state.set({ kind: 'failed', error: { code, message, hint } })
})

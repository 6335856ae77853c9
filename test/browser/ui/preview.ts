import { DEFAULT_SERVING_SETTINGS } from '../../../src/peer/serving-settings.ts'
import { mountApp } from '../../../src/ui/mount.ts'
import type { ShellState } from '../../../src/ui/shell.ts'
import { sampleCrowd } from '../../support/sample-crowd.ts'
import { createSamplePeer } from '../../support/sample-peer.ts'
import { createSampleShell } from '../../support/sample-shell.ts'

// The app with a sample peer, for looking at its screens: `?state=new|crowd|hang|nothing|woken|starting|follower|failed`, `?consent`, `?model`.
const parameters = new URLSearchParams(location.search)

function stateFor(name: string): ShellState {
  switch (name) {
    case 'starting':
      return { kind: 'starting', message: 'Opening your library' }
    case 'follower':
      return { kind: 'follower', takeOver: () => undefined }
    case 'failed':
      return {
        kind: 'failed',
        error: {
          code: 'storage-full',
          message: 'This browser has no space left for Loremesh.',
          hint: 'Free some disk space, then reload.',
        },
      }
    case 'crowd':
      return { kind: 'ready', peer: createSamplePeer({ network: sampleCrowd() }) }
    case 'woken':
      return {
        kind: 'ready',
        peer: createSamplePeer({ pause: 'battery', lastSleep: { endedAtMs: 0, durationMs: 11_400_000 } }),
      }
    case 'nothing':
      return { kind: 'ready', peer: createSamplePeer({ answer: { results: [] } }) }
    default:
      return { kind: 'ready', peer: createSamplePeer({ isNew: name === 'new', hangs: name === 'hang' }) }
  }
}

const shell = createSampleShell(stateFor(parameters.get('state') ?? ''), {
  networkConsent: parameters.has('consent'),
  serving: { ...DEFAULT_SERVING_SETTINGS, servesOnBattery: parameters.get('state') !== 'woken' },
})
if (parameters.has('model')) {
  shell.languageModel.choose({
    provider: 'ollama',
    endpoint: 'http://localhost:11434',
    model: 'llama3.2',
    apiKey: '',
  })
}
mountApp(document.body, shell)

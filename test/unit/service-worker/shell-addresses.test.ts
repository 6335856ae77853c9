import { describe, expect, it } from 'vitest'
import { shellAddresses } from '../../../src/service-worker/shell-addresses.ts'

describe('the offline shell', () => {
  it('answers the app’s own addresses', () => {
    for (const address of ['/', '/index.html', '/?source=pwa']) expect(address).toMatch(shellAddresses)
  })

  it('never answers for the server', () => {
    const served = [
      '/announce',
      '/scrape?context_hash=x',
      '/peers',
      '/context/sha256:00',
      '/verify',
      '/api/x',
      '/healthz',
      '/readyz',
      '/metrics',
      '/stats.json',
      '/.well-known/loremesh.json',
      '/models/x.onnx',
    ]
    for (const address of served) expect(address).not.toMatch(shellAddresses)
  })
})

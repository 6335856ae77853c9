import { expect, test } from 'vitest'
import type { PeerId } from '../../src/domain/identity/account.ts'
import type { ContextRouting, SharedContext } from '../../src/ports/context-routing.ts'
import { testHash } from '../support/test-contexts.ts'

/** Two peers whose routings lead to one another. */
export interface RoutedPeers {
  readonly provider: { readonly peerId: PeerId; readonly routing: ContextRouting }
  readonly asker: { readonly peerId: PeerId; readonly routing: ContextRouting }
}

/** What every way to find providers promises; each call of `open` gives new peers that provide nothing yet. */
export function describeContextRouting(
  open: () => Promise<RoutedPeers>,
  { knowsSharers }: { /** Whether it lists who shares anything. */ readonly knowsSharers: boolean },
): void {
  const context = (n: number): SharedContext => ({
    contextHash: testHash(n),
    title: `Context ${n}`,
    sizeBytes: 1_000,
    tags: [],
  })

  test('nobody is found for a context that nobody provides', async () => {
    const { asker } = await open()
    expect(await asker.routing.findProviders(testHash(1))).toEqual([])
  })

  test('whoever provides a context is found, once, by others and not by itself', async () => {
    const { provider, asker } = await open()
    const { intervalMs } = await provider.routing.provide([context(1), context(2)])
    expect(intervalMs).toBeGreaterThanOrEqual(1_000)
    for (const n of [1, 2]) {
      const found = await asker.routing.findProviders(testHash(n))
      expect(found.map(({ peerId }) => peerId)).toEqual([provider.peerId])
    }
    expect(await asker.routing.findProviders(testHash(3))).toEqual([])
  })

  test('a record says how good the provider is, within bounds', async () => {
    const { provider, asker } = await open()
    await provider.routing.provide([context(1)])
    const [record] = await asker.routing.findProviders(testHash(1))
    expect(record?.reputation).toBeGreaterThanOrEqual(0)
    expect(record?.reputation).toBeLessThanOrEqual(1)
    expect(record?.uptimePercent).toBeGreaterThanOrEqual(0)
    expect(record?.uptimePercent).toBeLessThanOrEqual(100)
  })

  test('what is provided later is found as well', async () => {
    const { provider, asker } = await open()
    await provider.routing.provide([context(1)])
    await provider.routing.provide([context(1), context(2)])
    const found = await asker.routing.findProviders(testHash(2))
    expect(found.map(({ peerId }) => peerId)).toEqual([provider.peerId])
  })

  test('no more peers are listed than are asked for', async () => {
    const { provider, asker } = await open()
    await provider.routing.provide([context(1)])
    const listed = await asker.routing.listPeers(1)
    expect(listed.map(({ peerId }) => peerId)).toEqual(knowsSharers ? [provider.peerId] : [])
  })

  test('a search that is stopped throws a named error', async () => {
    const { asker } = await open()
    await expect(asker.routing.findProviders(testHash(1), AbortSignal.abort())).rejects.toThrow()
  })
}

import { expect, test } from 'vitest'
import type { PeerId } from '../../src/domain/identity/account.ts'
import type { ContextRouting, SharedContext } from '../../src/ports/context-routing.ts'
import { testHash } from '../support/test-contexts.ts'

/** Two peers, of whom one provides and the other searches. */
export interface RoutedPeers {
  readonly provider: { readonly peerId: PeerId; readonly routing: ContextRouting }
  readonly asker: { readonly peerId: PeerId; readonly routing: ContextRouting }
}

/** Contexts that no test before has used, so that peers may be shared. */
let used = 0
const newContext = (): SharedContext => ({
  contextHash: testHash(++used),
  title: `Context ${used}`,
  sizeBytes: 1_000,
  tags: [],
})

/** What every way to find providers promises. */
export function describeContextRouting(
  open: () => Promise<RoutedPeers> | RoutedPeers,
  { listsPeers }: { /** Whether it knows who shares anything. */ readonly listsPeers: boolean },
): void {
  async function find(routing: ContextRouting, { contextHash }: SharedContext): Promise<readonly PeerId[]> {
    return (await routing.findProviders(contextHash)).map(({ peerId }) => peerId)
  }

  test('nobody is found for a context that nobody provides', async () => {
    const { asker } = await open()
    expect(await find(asker.routing, newContext())).toEqual([])
  })

  test('whoever provides contexts is found for each of them, once, by others and not by itself', async () => {
    const { provider, asker } = await open()
    const [first, second] = [newContext(), newContext()]
    const { intervalMs } = await provider.routing.provide([first, second])
    expect(intervalMs).toBeGreaterThanOrEqual(1_000)
    expect(await find(asker.routing, first)).toEqual([provider.peerId])
    expect(await find(asker.routing, second)).toEqual([provider.peerId])
    expect(await find(asker.routing, newContext())).toEqual([])
    expect(await find(provider.routing, first)).not.toContain(asker.peerId)
  })

  test('what is provided later is found as well', async () => {
    const { provider, asker } = await open()
    const [first, second] = [newContext(), newContext()]
    await provider.routing.provide([first])
    await provider.routing.provide([first, second])
    expect(await find(asker.routing, second)).toEqual([provider.peerId])
  })

  test('a record tells what is thought of the provider, within bounds', async () => {
    const { provider, asker } = await open()
    const context = newContext()
    await provider.routing.provide([context])
    const [record] = await asker.routing.findProviders(context.contextHash)
    expect(record?.reputation).toBeGreaterThanOrEqual(0)
    expect(record?.reputation).toBeLessThanOrEqual(1)
    expect(record?.uptimePercent).toBeGreaterThanOrEqual(0)
    expect(record?.uptimePercent).toBeLessThanOrEqual(100)
  })

  test('a search that is stopped ends with a named error', async () => {
    const { asker } = await open()
    const search = asker.routing.findProviders(newContext().contextHash, AbortSignal.abort())
    await expect(search).rejects.toMatchObject({ name: 'LoremeshError', code: 'aborted' })
  })

  test('no more peers are listed than are asked for', async () => {
    const { provider, asker } = await open()
    await provider.routing.provide([newContext()])
    const listed = await asker.routing.listPeers(1)
    expect(listed.map(({ peerId }) => peerId)).toEqual(listsPeers ? [provider.peerId] : [])
  })
}

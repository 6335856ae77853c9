import { beforeEach, expect, it } from 'vitest'
import { page } from 'vitest/browser'
import type { PeerId } from '../../../src/domain/identity/account.ts'
import { createWritable } from '../../../src/domain/kernel/readable.ts'
import { startingNetwork } from '../../../src/peer/starting-network.ts'
import { linkTo } from '../../support/network-links.ts'
import { sampleDocuments } from '../../support/sample-documents.ts'
import { hostileTexts } from '../../support/hostile-text.ts'
import { createSamplePeer } from '../../support/sample-peer.ts'
import { showApp } from './show-app.ts'

beforeEach(() => page.viewport(1280, 800))

// Peers have no names: an id is the hash of a key, and nothing else that a peer says about itself is shown. These ids could
// only come from a fault in the network's adapter.
it('ids and addresses of peers are shown as they are, whatever they hold', async () => {
  const called: number[] = []
  Object.assign(window, { __xss: (n: number) => called.push(n) })
  const names = hostileTexts('canary.invalid')
  const links = names.map((name) =>
    linkTo(name as PeerId, { direction: 'inbound', remoteAddress: `/webrtc/${name}` }),
  )
  const sample = createSamplePeer()
  const network = createWritable({
    ...startingNetwork,
    phase: 'connected' as const,
    links,
    addresses: names.map((name) => `/dns4/${name}`),
    relays: names.map((name) => ({
      peerId: name as PeerId,
      address: `/dns4/${name}`,
      isServer: true,
      status: 'unreachable' as const,
      unreachableSinceMs: 0,
      lastFailure: `Failed: ${name}`,
    })),
    log: names.map((name) => ({
      atMs: 0,
      kind: 'peer' as const,
      peerId: name as PeerId,
      failure: 'ice' as const,
      message: `Event: ${name}`,
    })),
  })
  showApp({ kind: 'ready', peer: { ...sample, network } }, '#/network')
  const table = page.getByRole('table', { name: 'Links' })
  await expect.element(table).toBeVisible()
  for (const row of table.element().querySelectorAll<HTMLElement>('[aria-expanded=false]')) row.click()
  await expect.poll(() => table.element().querySelectorAll('.details').length).toBe(names.length)
  const logEnd = page.getByRole('button', { name: /^Show \d+ more$/ })
  while (logEnd.elements().length > 0) await logEnd.click()
  for (const option of page.getByRole('option').elements().slice(0, names.length)) {
    option.dispatchEvent(new MouseEvent('click', { bubbles: true }))
  }
  const shown = table.element().textContent
  const own = page.getByRole('main').element().textContent
  for (const name of names) {
    expect(shown).toContain(`/webrtc/${name}`)
    expect(own).toContain(`/dns4/${name}`)
    expect(own).toContain(`Failed: ${name}`)
    expect(own).toContain(`Event: ${name}`)
  }
  const injected = 'script, iframe, img, object, embed, base, meta, style, video, math, animate, [onclick]'
  expect(page.getByRole('main').element().querySelectorAll(injected)).toHaveLength(0)
  expect(called).toEqual([])
})

it('a path that turns the direction of writing turns nothing beside it', async () => {
  const path = '\u202etxt.exe'
  const [document] = sampleDocuments
  if (document === undefined) throw new Error('There is no sample')
  const sample = createSamplePeer()
  const documents = createWritable([{ ...document, title: 'Turned', path }])
  showApp({ kind: 'ready', peer: { ...sample, library: { ...sample.library, documents } } }, '#/library')
  await expect.element(page.getByText(path)).toBeVisible()
  const shown = page.getByText(path).element()
  const kind = globalThis.document.createRange()
  if (shown.nextSibling === null) throw new Error('Nothing stands beside the path')
  kind.selectNode(shown.nextSibling)
  expect(kind.getBoundingClientRect().left).toBeGreaterThanOrEqual(shown.getBoundingClientRect().right)
})

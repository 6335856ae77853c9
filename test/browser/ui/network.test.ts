import { beforeEach, describe, expect, it } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import type { Writable } from '../../../src/domain/kernel/readable.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import type { NetworkState, Peer } from '../../../src/peer/peer.ts'
import { sampleCrowd } from '../../support/sample-crowd.ts'
import { sampleInvitation, sampleNetwork, sampleSelfTest } from '../../support/sample-network.ts'
import { createSamplePeer } from '../../support/sample-peer.ts'
import { showApp } from './show-app.ts'

beforeEach(() => page.viewport(1280, 800))

const table = page.getByRole('table', { name: 'Links' })
const mesh = page.getByRole('listbox', { name: 'Mesh' })
const chosen = mesh.getByRole('option', { selected: true })
const log = page.getByRole('list', { name: 'Log' })

function show(peer: Peer = createSamplePeer()): void {
  showApp({ kind: 'ready', peer }, '#/network')
}

describe('the links', () => {
  it('tell how they run, and everything else of one that is opened', async () => {
    show()
    const rows = table.getByRole('row')
    await expect.element(rows.nth(1)).toMatchTextContent(/Server/)
    await expect.element(rows.nth(2)).toMatchTextContent(/Direct0\.931,28418 ms8\.9 MB2 MBAnchor\d+ min/)
    await rows.nth(2).getByRole('button').click()
    await expect.element(rows.nth(3)).toMatchTextContent(/Address \/ip4\/192\.0\.2\.7\/udp\/50110\/webrtc/)
    await expect.element(rows.nth(3)).toMatchTextContent(/In the mesh of contexts, ledger/)
    await expect.element(rows.nth(3)).toMatchTextContent(/0\.93 of 1, proven by a checkpoint/)
    await expect.element(rows.nth(3)).toMatchTextContent(/1,284 announced/)
  })

  it('are put into the order of a column', async () => {
    show()
    await table.getByRole('button', { name: 'RTT' }).click()
    const rows = table.getByRole('row')
    await expect
      .element(table.getByRole('columnheader', { name: 'RTT' }))
      .toHaveAttribute('aria-sort', 'ascending')
    const shown = rows.elements().map((row) => row.children[4]?.textContent)
    expect(shown).toEqual(['RTT', '1 ms', '6 ms', '18 ms', '241 ms', '–'])
  })

  it('are missing for a reason, which is told', async () => {
    show(createSamplePeer({ isNew: true }))
    await expect.element(page.getByText('No links')).toBeVisible()
    await expect.element(page.getByText('The server does not answer.', { exact: true })).toBeVisible()
    await expect.element(mesh).not.toBeInTheDocument()
  })

  it('say that nobody else is here, while a server alone is linked', async () => {
    const links = sampleNetwork.links.filter(({ isServer }) => isServer)
    show(createSamplePeer({ network: { ...sampleNetwork, phase: 'relay-only', links } }))
    await expect.element(page.getByText('You are the first peer here')).toBeVisible()
    expect(table.getByRole('row').elements()).toHaveLength(2)
    await expect.element(mesh).not.toBeInTheDocument()
  })

  it('change as the network does', async () => {
    const peer = createSamplePeer()
    show(peer)
    await expect.element(mesh.getByRole('option').nth(4)).toBeInTheDocument()
    const network = peer.network as Writable<NetworkState>
    network.set({ ...sampleNetwork, links: sampleNetwork.links.slice(0, 2) })
    await expect.poll(() => mesh.getByRole('option').elements().length, { timeout: 5000 }).toBe(2)
    expect(table.getByRole('row').elements()).toHaveLength(3)
  })
})

describe('the picture of the mesh', () => {
  it('shows a peer that is chosen by a click, until it is clicked again', async () => {
    show()
    await expect.element(page.getByText('a link through a relay')).toBeVisible()
    const peer = mesh.getByRole('option', { name: /direct, 18 ms, 8\.9 MB received, 2 MB sent, gossips/ })
    await peer.click()
    await expect.element(chosen).toHaveAccessibleName(/18 ms/)
    await expect.element(page.getByText('192.0 (IPv4 /16)')).toBeVisible()
    await peer.click()
    await expect.element(page.getByText('a link through a relay')).toBeVisible()
  })

  it('keeps a peer chosen whose relayed link gives way to a direct one', async () => {
    const peer = createSamplePeer()
    show(peer)
    await mesh.getByRole('option', { name: /relayed/ }).click()
    const network = peer.network as Writable<NetworkState>
    const links = sampleNetwork.links.map((link) =>
      link.kind === 'relay'
        ? { ...link, kind: 'webrtc' as const, rttMs: 33, remoteAddress: '/webrtc' }
        : link,
    )
    network.set({ ...sampleNetwork, links })
    await expect.element(chosen).toHaveAccessibleName(/direct, 33 ms/)
  })

  it('is gone through by the arrow keys', async () => {
    show(createSamplePeer({ network: sampleCrowd() }))
    await expect.element(mesh).toBeVisible()
    mesh.element().focus()
    const names: string[] = []
    for (const key of [
      '{ArrowRight}',
      '{ArrowRight}',
      '{ArrowLeft}',
      '{ArrowLeft}',
      '{End}',
      '{ArrowDown}',
    ]) {
      await userEvent.keyboard(key)
      names.push(chosen.element().getAttribute('aria-label') ?? '')
    }
    const all = mesh
      .getByRole('option')
      .elements()
      .map((option) => option.getAttribute('aria-label'))
    expect(all).toHaveLength(32)
    expect(names.map((name) => all.indexOf(name))).toEqual([0, 1, 0, 31, 31, 0])
    await userEvent.keyboard('{Escape}')
    await expect.element(chosen).not.toBeInTheDocument()
  })
})

describe('the connection test', () => {
  const steps = page.getByRole('list', { name: 'Steps of the test' }).getByRole('listitem')
  const result = page.getByRole('status', { name: 'Result of the test' })

  it('names each step with what it found and what to do', async () => {
    show()
    await page.getByRole('button', { name: 'Test connection' }).click()
    await expect.element(steps.nth(0)).toMatchTextContent(/Passed WebSocket reaches the server/)
    await expect.element(steps.nth(2)).toMatchTextContent(/Failed STUN .*Your network may block UDP\..*5 s/)
    await expect.element(steps.nth(3)).toMatchTextContent(/Skipped TURN/)
    await expect.element(result).toMatchTextContent('Does not work: STUN, Data channel.')
  })

  it('shows which step it is at, and can be stopped', async () => {
    const ended: string[] = []
    show({
      ...createSamplePeer(),
      selfTest(options) {
        const [first] = sampleSelfTest
        if (first !== undefined) options?.onResult?.(first)
        return new Promise((_resolve, reject) => {
          options?.signal?.addEventListener('abort', () => {
            ended.push('aborted')
            reject(new LoremeshError('aborted', 'The test was stopped'))
          })
        })
      },
    })
    await page.getByRole('button', { name: 'Test connection' }).click()
    await expect.element(steps.nth(0)).toMatchTextContent(/Passed/)
    await expect.element(steps.nth(1)).toMatchTextContent(/Running/)
    await expect.element(steps.nth(2)).toMatchTextContent(/Waiting/)
    await page.getByRole('button', { name: 'Stop test' }).click()
    expect(ended).toEqual(['aborted'])
    await expect.element(page.getByRole('button', { name: 'Test connection' })).toBeVisible()
    await expect.element(page.getByRole('alert')).not.toBeInTheDocument()
  })
})

describe('what else the network is made of', () => {
  it('explains each of its numbers', async () => {
    show()
    await page.getByRole('button', { name: 'Explain these numbers' }).click()
    await expect
      .element(page.getByRole('dialog', { name: 'How this is counted' }))
      .toMatchTextContent(/3 of them are direct/)
    await userEvent.keyboard('{Escape}')
    await page.getByRole('button', { name: 'Explain the DHT' }).click()
    await expect
      .element(page.getByRole('dialog', { name: 'About the distributed index' }))
      .toMatchTextContent(/without a server/)
  })

  it('names relays with their state and why one is not reached', async () => {
    show()
    const relays = page.getByRole('list', { name: 'Relays' }).getByRole('listitem')
    await expect.element(relays.nth(0)).toMatchTextContent(/relay\.example:443.*Ready/)
    await expect.element(relays.nth(1)).toMatchTextContent(/Dialling it took too long.*Unreachable/)
    await expect.element(page.getByRole('status', { name: 'DHT' })).toMatchTextContent(/Role Client/)
  })
})

describe('the log', () => {
  it('is filtered by what it is about and by words', async () => {
    show()
    await expect.element(log.getByRole('listitem').nth(3)).toBeVisible()
    await page.getByRole('combobox', { name: 'Show in the log' }).selectOptions('Problems')
    expect(log.getByRole('listitem').elements()).toHaveLength(2)
    await expect.element(log).toMatchTextContent(/a TURN server would help/)
    await page.getByRole('searchbox', { name: 'Search the log' }).fill('websocket')
    expect(log.getByRole('listitem').elements()).toHaveLength(1)
    await page.getByRole('searchbox', { name: 'Search the log' }).fill('nonsense')
    await expect.element(log).toMatchTextContent('Nothing of that in the log.')
  })

  it('shows ten events at a time', async () => {
    show(createSamplePeer({ network: sampleCrowd() }))
    await page.getByRole('button', { name: 'Show 10 more' }).click()
    expect(log.getByRole('listitem').elements()).toHaveLength(20)
  })
})

describe('an invitation', () => {
  it('is a link to this very page, and the same as a QR code, with a word on when it works', async () => {
    show()
    await page.getByRole('button', { name: 'Make an invitation' }).click()
    await expect.element(page.getByRole('img', { name: 'QR code of the invitation' })).toBeVisible()
    await expect
      .element(page.getByRole('textbox', { name: 'Link' }))
      .toHaveValue(`${location.origin}${location.pathname}#/join/${sampleInvitation.code}`)
    await expect.element(page.getByText(/It works as long as the server is up/)).toBeVisible()
  })

  it('that can not be made says why', async () => {
    const failure = new LoremeshError('internal', 'The invitation was lost')
    show({ ...createSamplePeer(), invite: () => Promise.reject(failure) })
    await page.getByRole('button', { name: 'Make an invitation' }).click()
    await expect.element(page.getByText('The invitation was lost')).toBeVisible()
  })
})

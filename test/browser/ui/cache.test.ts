import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { page } from 'vitest/browser'
import { hashText } from '../../../src/domain/content/context-hash.ts'
import { createSampleCache, sampleCacheEntries } from '../../support/sample-cache.ts'
import { createSamplePeer } from '../../support/sample-peer.ts'
import { showApp } from './show-app.ts'

beforeEach(() => page.viewport(1280, 800))

const ADDRESS = '#/library/from-others'
const list = page.getByRole('list', { name: 'Passages from others' })
const undo = page.getByRole('button', { name: 'Undo' })

/** Titles in the order of the list. */
const titles = (): readonly string[] =>
  list
    .getByRole('switch')
    .elements()
    .map((element) => element.getAttribute('aria-label')?.replace(/^Pin /, '') ?? '')

function show(cache = createSampleCache(sampleCacheEntries())): void {
  showApp({ kind: 'ready', peer: createSamplePeer({ cache }) }, ADDRESS)
}

describe('the list of bought passages', () => {
  it('is one step away from the library, once something was bought', async () => {
    showApp({ kind: 'ready', peer: createSamplePeer() }, '#/library')
    await page.getByRole('link', { name: /^From others 7 passages/ }).click()
    await expect.element(page.getByRole('heading', { name: 'From others' })).toBeVisible()
  })

  it('is not offered to somebody who bought nothing', async () => {
    showApp({ kind: 'ready', peer: createSamplePeer({ isNew: true }) }, '#/library')
    await expect.element(page.getByRole('heading', { name: 'Library' })).toBeVisible()
    await expect.element(page.getByRole('link', { name: /^From others/ })).not.toBeInTheDocument()
  })

  it('names title, seller, price, size and last use, and shows the passage', async () => {
    show()
    const row = list.getByRole('listitem').filter({ hasText: 'Retention of monthly dumps' })
    await expect.element(row).toMatchTextContent(/from \w{6} · 1\.58 tokens · 809 bytes · used 9 hours ago/)
    await row.getByRole('button', { name: 'Retention of monthly dumps', exact: true }).click()
    const passage = page.getByRole('region', { name: 'Passage “Retention of monthly dumps”' })
    await expect.element(passage).toMatchTextContent(/A backup that was never restored/)
    await expect.element(passage).toMatchTextContent(/1\.580079 tokens/)
  })

  it('finds passages by title and seller', async () => {
    show()
    const [entry] = sampleCacheEntries()
    await page.getByRole('searchbox', { name: 'Filter passages' }).fill('DUMPS')
    expect(titles()).toEqual(['Retention of monthly dumps'])
    await page.getByRole('searchbox', { name: 'Filter passages' }).fill(entry?.purchase?.seller ?? '')
    expect(titles()).toEqual(['How often a restore is tested', 'Checksums of pages', 'Timeouts of reports'])
  })

  it('shows a hundred at a time', async () => {
    const many = Array.from({ length: 36 }, (_, round) =>
      sampleCacheEntries().map((entry) => {
        const title = `${entry.title} ${round}`
        return { ...entry, title, contextHash: hashText(title) }
      }),
    )
    show(createSampleCache(many.flat()))
    await page.getByRole('button', { name: 'Show 100 more' }).click()
    await page.getByRole('button', { name: 'Show 52 more' }).click()
    expect(titles()).toHaveLength(252)
  })
})

describe('a bought passage', () => {
  it('is pinned and let go again', async () => {
    show()
    const pin = page.getByRole('switch', { name: 'Pin Checksums of pages' })
    await pin.click()
    await expect.element(pin).toHaveAttribute('aria-checked', 'true')
    await expect.element(page.getByRole('region', { name: 'Room' })).toMatchTextContent(/2 pinned/)
    await pin.click()
    await expect.element(pin).toHaveAttribute('aria-checked', 'false')
  })

  it('that is removed comes back with Undo, and is gone ten seconds later without it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const cache = createSampleCache(sampleCacheEntries())
    const remove = vi.spyOn(cache, 'remove')
    show(cache)
    const removeButton = page.getByRole('button', { name: 'Remove Checksums of pages' })
    const click = (locator: typeof removeButton) => (locator.element() as HTMLElement).click()
    click(removeButton)
    await vi.waitFor(() => expect(removeButton.query()).toBeNull())
    click(undo)
    await vi.waitFor(() => expect(removeButton.query()).not.toBeNull())
    await vi.advanceTimersByTimeAsync(10_000)
    expect(remove).not.toHaveBeenCalled()
    click(removeButton)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(remove).toHaveBeenCalledOnce()
  })

  it('goes with all others that are not pinned', async () => {
    show()
    await page.getByRole('button', { name: 'Remove 6 unpinned' }).click()
    expect(titles()).toEqual(['Retention of monthly dumps'])
    await undo.click()
    expect(titles()).toHaveLength(7)
  })
})

describe('the room', () => {
  it('explains its numbers and leads to the limit', async () => {
    show()
    await page.getByRole('button', { name: 'Explain this room' }).click()
    await expect
      .element(page.getByRole('dialog'))
      .toMatchTextContent(/11 KB are the texts; 28 KB are reckoned for what belongs to them, 4 KB each/)
    await page.getByRole('dialog').click()
    await page.getByRole('button', { name: 'Change limit' }).click()
    const limit = page.getByRole('spinbutton', { name: 'Room for passages from others, in MB' })
    await expect.element(limit).toHaveValue(200)
    await limit.fill('-5')
    await page.getByText('System follows the device.').click()
    await expect.element(limit).toHaveValue(200)
    await page.getByRole('button', { name: 'Keep 200 MB' }).click()
    await limit.fill('')
    await page.getByText('System follows the device.').click()
    await expect.element(limit).toHaveValue(200)
    await limit.fill('0')
    await page.getByText('System follows the device.').click()
    await page.getByRole('button', { name: 'Remove them' }).click()
    await expect.element(limit).toHaveValue(0)
  })

  it('says when the device has less', async () => {
    show(createSampleCache(sampleCacheEntries(), { limitBytes: 30 * 1024 }))
    await expect.element(page.getByText(/You allowed 200 MB, but this device has little room/)).toBeVisible()
  })
})

import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { page } from 'vitest/browser'
import { hashText } from '../../../src/domain/content/context-hash.ts'
import type { DocumentRecord } from '../../../src/domain/content/document.ts'
import type { IngestFile } from '../../../src/domain/content/ingest-file.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { createWritable } from '../../../src/domain/kernel/readable.ts'
import { createSamplePeer } from '../../support/sample-peer.ts'
import { showApp } from './show-app.ts'

beforeEach(() => page.viewport(1280, 800))

const shareSwitch = page.getByRole('switch', { name: 'Share Meeting notes', exact: true })
const confirmButton = page.getByRole('button', { name: 'Confirm sharing' })

describe('sharing', () => {
  it('shows exactly what leaves before it happens', async () => {
    showApp({ kind: 'ready', peer: createSamplePeer() }, '#/library')
    await expect.element(shareSwitch).toHaveAttribute('aria-checked', 'false')
    await shareSwitch.click()
    const dialog = page.getByRole('dialog', { name: 'Share “Meeting notes”' })
    await expect
      .element(dialog)
      .toMatchTextContent(/Decided: the retention of monthly dumps stays at seven years\./)
    await expect.element(dialog).toMatchTextContent(/0\.119141 tokens/)
    await expect.element(shareSwitch).toHaveAttribute('aria-checked', 'false')
    await confirmButton.click()
    await expect.element(shareSwitch).toHaveAttribute('aria-checked', 'true')
    await expect.element(dialog).not.toBeInTheDocument()
  })

  it('does nothing when it is cancelled', async () => {
    showApp({ kind: 'ready', peer: createSamplePeer() }, '#/library')
    await shareSwitch.click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await expect.element(page.getByRole('dialog')).not.toBeInTheDocument()
    await expect.element(shareSwitch).toHaveAttribute('aria-checked', 'false')
  })

  it('ends without a question', async () => {
    showApp({ kind: 'ready', peer: createSamplePeer() }, '#/library')
    const shared = page.getByRole('switch', { name: 'Share retry.ts' })
    await shared.click()
    await expect.element(shared).toHaveAttribute('aria-checked', 'false')
    await expect.element(page.getByText(/Copies that others paid for stay with them\./)).toBeVisible()
  })

  it('of all documents takes one preview and one consent', async () => {
    showApp({ kind: 'ready', peer: createSamplePeer() }, '#/library')
    await page.getByRole('button', { name: 'Share all documents' }).click()
    await expect.element(page.getByRole('dialog')).toMatchTextContent(/Share 3 documents/)
    await confirmButton.click()
    await expect.element(page.getByRole('dialog')).not.toBeInTheDocument()
    const switches = page.getByRole('switch', { name: /^Share / }).elements()
    for (const element of switches) await expect.element(element).toHaveAttribute('aria-checked', 'true')
  })
})

describe('adding documents', () => {
  it('takes files and says what became of each', async () => {
    showApp({ kind: 'ready', peer: createSamplePeer({ isNew: true }) }, '#/library')
    await page
      .getByLabelText('Add documents')
      .upload([new File(['# Guide'], 'guide.md'), new File([''], 'empty.md')])
    const files = page.getByRole('list', { name: 'Added files' })
    await expect.element(files).toMatchTextContent(/guide\.md/)
    await expect.element(files).toMatchTextContent(/The file is empty\. Choose one with text\./)
    await expect.element(page.getByText('1 file added, 1 failed')).toBeVisible()
  })

  it('tries a file again, and takes others off the list', async () => {
    showApp({ kind: 'ready', peer: createSamplePeer({ isNew: true }) }, '#/library')
    await page
      .getByLabelText('Add documents')
      .upload([new File(['# Guide'], 'guide.md'), new File([''], 'empty.md')])
    const files = page.getByRole('list', { name: 'Added files' })
    await page.getByRole('button', { name: 'Retry empty.md' }).click()
    await expect.element(files).toMatchTextContent(/Reading.*empty\.md/)
    await page.getByRole('button', { name: 'Remove guide.md' }).click()
    await expect.element(files).not.toMatchTextContent(/guide\.md/)
    await page.getByRole('button', { name: 'Stop adding' }).click()
    await expect.element(files).not.toBeInTheDocument()
  })

  it('says why an address can not be added, and what to do', async () => {
    showApp({ kind: 'ready', peer: createSamplePeer({ isNew: true }) }, '#/library')
    await page.getByRole('button', { name: 'Add a URL' }).click()
    await page.getByRole('textbox', { name: 'Address' }).fill('https://example.org/guide')
    await page.getByRole('button', { name: 'Add page or file' }).click()
    await expect
      .element(page.getByRole('dialog', { name: 'Add a URL' }))
      .toMatchTextContent(/This site does not let other pages read it\. Download the file and drop it here\./)
  })

  it('says what was left out when too many files come', async () => {
    const peer = createSamplePeer({ isNew: true })
    const full = () =>
      Promise.reject(
        new LoremeshError('storage-full', 'At most 10,000 files can wait', 'Add the others later'),
      )
    const library = { ...peer.library, enqueue: full }
    showApp({ kind: 'ready', peer: { ...peer, library } }, '#/library')
    await page.getByLabelText('Add documents').upload([new File(['# Guide'], 'guide.md')])
    await expect
      .element(page.getByRole('alert'))
      .toMatchTextContent(/At most 10,000 files can wait\. Add the others later\./)
  })
})

describe('deleting a document', () => {
  it('can be undone for ten seconds and is final then', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const peer = createSamplePeer()
    let titles: readonly string[] = []
    peer.library.documents.subscribe((documents) => (titles = documents.map(({ title }) => title)))
    showApp({ kind: 'ready', peer }, '#/library')
    const deleteButton = page.getByRole('button', { name: 'Delete Meeting notes' })
    const click = () => (deleteButton.element() as HTMLElement).click()

    click()
    await vi.waitFor(() => expect(deleteButton.query()).toBeNull())
    expect(titles).toContain('Meeting notes')
    ;(page.getByRole('button', { name: 'Undo' }).element() as HTMLElement).click()
    await vi.waitFor(() => expect(deleteButton.query()).not.toBeNull())

    click()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(titles).not.toContain('Meeting notes')
  })

  it('is undone by adding it again', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const peer = createSamplePeer()
    const files = createWritable<readonly IngestFile[]>([])
    let notes: DocumentRecord | undefined
    peer.library.documents.subscribe((all) => (notes = all.find(({ title }) => title === 'Meeting notes')))
    const { documentHash = hashText('') } = notes ?? {}
    showApp({ kind: 'ready', peer: { ...peer, library: { ...peer.library, files } } }, '#/library')
    const deleteButton = page.getByRole('button', { name: 'Delete Meeting notes' })
    ;(deleteButton.element() as HTMLElement).click()
    await vi.waitFor(() => expect(deleteButton.query()).toBeNull())
    const added = { id: 1, path: 'notes.md', sizeBytes: 1, addedAtMs: 0, attempts: 0, documentHash }
    files.set([{ ...added, state: 'ready' }])
    await vi.waitFor(() => expect(deleteButton.query()).not.toBeNull())
    await vi.advanceTimersByTimeAsync(10_000)
    expect(notes).toBeDefined()
  })
})

describe('a document', () => {
  it('is shown in its contexts with their byte ranges', async () => {
    showApp({ kind: 'ready', peer: createSamplePeer() }, '#/library')
    await page.getByRole('link', { name: 'Backups that you can restore' }).click()
    const contexts = page.getByRole('list', { name: 'Contexts' })
    await expect
      .element(contexts.getByRole('region', { name: 'Context 2' }))
      .toMatchTextContent(/Bytes 196 – 460/)
  })
})

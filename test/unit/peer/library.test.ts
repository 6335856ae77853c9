import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashText } from '../../../src/domain/content/context-hash.ts'
import { accountToPeerId } from '../../../src/domain/identity/account.ts'
import { textToBytes } from '../../../src/domain/kernel/bytes.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { DocumentRecord } from '../../../src/domain/content/document.ts'
import type { RunningPeer } from '../../../src/peer/create-peer.ts'
import { openPeerHub, type PeerHub } from '../../support/peer-hub.ts'
import { valueOf } from '../../support/value-of.ts'

const budget = parseTokens('20')

describe('the library', () => {
  let hub: PeerHub
  let peer: RunningPeer

  beforeEach(async () => {
    hub = await openPeerHub()
    peer = (await hub.addPeer()).peer
  })

  afterEach(() => hub.close())

  /** Adds a file, later than all before it. */
  async function add(path: string, text: string): Promise<DocumentRecord> {
    await hub.clock.advance(1)
    const [added] = await peer.library.add([{ path, bytes: textToBytes(text) }])
    const document = valueOf(peer.library.documents).find(
      (found) => found.documentHash === added?.documentHash,
    )
    if (document === undefined) throw new Error(added?.reason ?? 'not added')
    return document
  }

  it('reads no file any more once its peer is closed, not even the one under way', async () => {
    const stopped = new AbortController()
    const { peer: closing } = await hub.addPeer({
      parser: {
        parse: (_, signal) =>
          new Promise((__, reject) => {
            signal?.addEventListener('abort', () => reject(new Error('stopped')))
          }),
        close: () => stopped.abort(),
      },
    })
    await closing.library.enqueue([{ path: 'bees.md', bytes: textToBytes('Bees dance.') }])
    await expect.poll(() => valueOf(closing.library.files)).toMatchObject([{ state: 'reading' }])
    await closing.close()
    expect(stopped.signal.aborted).toBe(true)
    expect(valueOf(closing.library.files)).toMatchObject([{ state: 'queued', attempts: 0 }])
  })

  it('keeps new documents private', async () => {
    expect((await add('bees.md', '# Bees\n\nBees dance.\n')).visibility).toBe('private')
  })

  it('names the contexts that are here', async () => {
    const { contexts, title } = await add('bees.md', '# Bees\n\nBees dance.\n')
    const titles = await peer.library.titles([...contexts, hashText('another')])
    expect([...titles]).toEqual(contexts.map((contextHash) => [contextHash, title]))
  })

  it('goes on after a file that fails, and says why it failed', async () => {
    const files = await peer.library.add([
      { path: 'empty.md', bytes: new Uint8Array() },
      { path: 'picture.png', bytes: Uint8Array.of(0x89, 0x50, 0, 0) },
      { path: 'bees.md', bytes: textToBytes('# Bees\n\nBees dance.\n') },
    ])
    expect(files.map((file) => file.state)).toEqual(['failed', 'failed', 'ready'])
    expect(files.slice(0, 2).every((file) => (file.reason ?? '').length > 10)).toBe(true)
    expect(valueOf(peer.library.files)).toEqual(files)
  })

  it('shows before sharing exactly what leaves and what it costs a peer', async () => {
    const document = await add('bees.md', '# Bees\n\nBees dance.\n')
    const preview = await peer.library.previewShare(document.documentHash)
    expect(preview.contexts.map((context) => context.text).join('')).toContain('Bees dance.')
    const sizes = preview.contexts.map((context) => BigInt(context.sizeBytes))
    expect(preview.price).toBe(sizes.reduce((sum, size) => sum + (size * 2_000_000n + 1023n) / 1024n, 0n))
  })

  describe('while what is held is being read at the start', () => {
    /** A peer that starts again, and whose stored vectors come once `gate` is open. */
    async function startAgain() {
      const first = await hub.addPeer()
      const [bees] = await first.peer.library.add([
        { path: 'bees.md', bytes: textToBytes('# Bees\n\nBees dance.\n') },
      ])
      await first.peer.close()
      let open: () => void = () => undefined
      const gate = new Promise<void>((resolve) => (open = resolve))
      const { contextStore } = first
      const { peer: again } = await hub.addPeer({
        profile: {
          ...first,
          contextStore: {
            ...contextStore,
            listVectors: async (space) => {
              await gate
              return contextStore.listVectors(space)
            },
          },
        },
      })
      const documentHash = bees?.documentHash ?? hashText('none')
      return { again, open, documentHash }
    }

    it('a document is shared once its vectors are there, which are announced with it', async () => {
      const { again, open, documentHash } = await startAgain()
      const sharing = again.library.setVisibility(documentHash, 'shared')
      open()
      await sharing
      const [context] = await again.library.contexts(documentHash)
      const { descriptor } = await again.server.describe(context?.contextHash ?? documentHash)
      expect(descriptor.vector).not.toBeNull()
    })

    it('a document that is made private again, before it is shared, is not shared', async () => {
      const { again, open, documentHash } = await startAgain()
      const sharing = again.library.setVisibility(documentHash, 'shared')
      await again.library.setVisibility(documentHash, 'private')
      open()
      await sharing
      expect(valueOf(again.library.documents).map(({ visibility }) => visibility)).toEqual(['private'])
      expect(await again.library.previewShare(documentHash)).toMatchObject({
        document: { visibility: 'private' },
      })
    })
  })

  it('signs nothing anew for a document that is shared already', async () => {
    const { documentHash, contexts } = await add('bees.md', '# Bees\n\nBees dance.\n')
    const [contextHash = documentHash] = contexts
    await peer.library.setVisibility(documentHash, 'shared')
    const { wire } = await peer.server.describe(contextHash)
    await hub.clock.advance(1)
    await peer.library.setVisibility(documentHash, 'shared')
    expect((await peer.server.describe(contextHash)).wire).toEqual(wire)
  })

  it('names shared documents that a shared one links to, and never a private one', async () => {
    const ants = await add('insects/ants.md', '# Ants\n\nAnts follow scent.\n')
    await add('insects/wasps.md', '# Wasps\n\nWasps chew wood.\n')
    const bees = await add(
      'insects/bees.md',
      '# Bees\n\nUnlike [ants](ants.md) and [wasps](wasps.md), bees dance.\n',
    )
    await peer.library.setVisibility(ants.documentHash, 'shared')
    await peer.library.setVisibility(bees.documentHash, 'shared')
    const [context] = await peer.library.contexts(bees.documentHash)
    if (context === undefined) throw new Error('no context')
    const { descriptor } = await peer.server.describe(context.contextHash)
    expect(descriptor.references).toEqual([ants.documentHash])
    expect(accountToPeerId(descriptor.author)).toBe(peer.peerId)
  })

  describe('a passage that a shared and a private document both hold', () => {
    const licence = '## Licence\n\nAnybody may use this for anything, as long as this notice stays with it.\n'
    const addShown = () =>
      add('open/shown.md', `# Shown\n\n${'A page for everybody. '.repeat(60)}\n\n${licence}`)
    const addHidden = () =>
      add('secret/hidden.md', `# Hidden\n\n${'A page for nobody else. '.repeat(60)}\n\n${licence}`)
    const share = ({ documentHash }: DocumentRecord) => peer.library.setVisibility(documentHash, 'shared')

    /** Everything that leaves about what is shared. */
    async function whatLeaves(): Promise<string> {
      await peer.announce()
      const announced = hub.announcedBy(peer.peerId)
      const descriptors = await Promise.all(
        announced.map(async ({ contextHash }) => (await peer.server.describe(contextHash)).descriptor),
      )
      return JSON.stringify([announced, descriptors.map((descriptor) => ({ ...descriptor, vector: null }))])
    }

    it('leaves under the name of the shared one, whichever was added last', async () => {
      const shown = await addShown()
      const hidden = await addHidden()
      await share(shown)
      expect(await whatLeaves()).not.toMatch(/hidden|secret/i)
      expect(hub.announcedBy(peer.peerId)).toHaveLength(shown.contexts.length)
      expect(await whatLeaves()).not.toContain(hidden.documentHash)
    })

    it('loses the name of one that is made private again', async () => {
      const shown = await addShown()
      const hidden = await addHidden()
      await share(shown)
      await hub.clock.advance(1)
      await share(hidden)
      await hub.clock.advance(1)
      await peer.library.setVisibility(hidden.documentHash, 'private')
      expect(await whatLeaves()).not.toMatch(/hidden|secret/i)
      expect(await whatLeaves()).not.toContain(hidden.documentHash)
    })
  })

  it('forgets what is removed, except what another document holds too', async () => {
    const shared =
      '## Dance\n\nHoney bees tell each other where food is with a waggle dance that lasts a while.\n'
    const first = await add(
      'first.md',
      `# First\n\n${'A first page about something else entirely. '.repeat(30)}\n\n${shared}`,
    )
    await add(
      'second.md',
      `# Second\n\n${'A second page about another thing altogether. '.repeat(30)}\n\n${shared}`,
    )
    await peer.library.remove(first.documentHash)
    expect(valueOf(peer.library.documents).map((document) => document.path)).toEqual(['second.md'])
    const answer = await peer.ask('waggle dance', { scope: 'library', maxTokenCost: budget })
    expect(answer.results[0]?.text).toContain('waggle dance')
    const gone = await peer.ask('first page', { scope: 'library', maxTokenCost: budget })
    expect(gone.results.some((result) => result.text.includes('first page'))).toBe(false)
  })

  describe('a file that is added again with other text', () => {
    const page = `# Bees\n\n${'Bees tell each other where food is. '.repeat(8)}`
    const earlier = () => add('notes/bees.md', `${page}\n\nThey hum at 180 hertz.\n`)
    const later = () => add('notes/bees.md', `${page}\n\nThey hum at 230 hertz.\n`)

    it('takes the place of its earlier version', async () => {
      const { documentHash } = await earlier()
      await later()
      expect(valueOf(peer.library.documents)).toHaveLength(1)
      expect(valueOf(peer.library.files).at(-1)?.replaced).toBe('private')
      const answer = await peer.ask('How do bees hum?', { scope: 'library', maxTokenCost: budget })
      expect(answer.results.map(({ text }) => /\d+ hertz/.exec(text)?.[0])).toEqual(['230 hertz'])
      expect(answer.results[0]?.documentHash).not.toBe(documentHash)
    })

    it('is another document beside one of the same name that is added together with it', async () => {
      const files = ['180', '230'].map((hertz) => ({
        path: 'README.md',
        bytes: textToBytes(`${page}\n\nThey hum at ${hertz} hertz.\n`),
      }))
      await peer.library.add(files)
      expect(valueOf(peer.library.documents)).toHaveLength(2)
      expect(valueOf(peer.library.files).map(({ replaced }) => replaced)).toEqual([undefined, undefined])
    })

    it('is private though the earlier one was shared, and says so', async () => {
      await peer.library.setVisibility((await earlier()).documentHash, 'shared')
      expect((await later()).visibility).toBe('private')
      expect(valueOf(peer.library.files).at(-1)?.replaced).toBe('shared')
      await peer.announce()
      expect(hub.announcedBy(peer.peerId)).toEqual([])
    })

    it('can go back to what it was', async () => {
      await earlier()
      await later()
      await earlier()
      expect(valueOf(peer.library.documents)).toHaveLength(1)
      const answer = await peer.ask('How do bees hum?', { scope: 'library', maxTokenCost: budget })
      expect(answer.results[0]?.text).toContain('180 hertz')
    })

    it('stands beside another document that only has the same name', async () => {
      await earlier()
      await add('notes/bees.md', '# Spelling bees\n\nChildren spell words aloud, and whoever errs is out.\n')
      expect(valueOf(peer.library.documents)).toHaveLength(2)
    })
  })

  it('stops selling what is made private again', async () => {
    const buyer = (await hub.addPeer()).peer
    const bees = await add('bees.md', '# Bees\n\nBees dance.\n')
    await peer.library.setVisibility(bees.documentHash, 'shared')
    await peer.announce()
    await peer.library.setVisibility(bees.documentHash, 'private')
    await peer.announce()
    const answer = await buyer.ask('What do bees do?', { scope: 'network', maxTokenCost: budget })
    expect(answer.results).toEqual([])
  })

  it('finds only what carries every wanted tag', async () => {
    await add('insects/bees.md', '# Bees\n\nBees dance.\n')
    await add('robots/bees.md', '# Robot bees\n\nRobot bees dance too.\n')
    expect(await peer.library.tags()).toEqual(expect.arrayContaining(['insects', 'robots', 'markdown']))
    const answer = await peer.ask('Do bees dance?', {
      scope: 'library',
      maxTokenCost: budget,
      tags: ['robots'],
    })
    expect(answer.results.map((result) => result.title)).toEqual(['Robot bees'])
  })
})

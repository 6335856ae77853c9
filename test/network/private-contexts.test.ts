import { AbstractMessageStream } from '@libp2p/utils'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { openNodeStaticEmbedder } from '../../src/adapters/embedding-static/node-static-embedding.ts'
import { contextHashToDigest } from '../../src/domain/content/context-hash.ts'
import { textToBytes } from '../../src/domain/kernel/bytes.ts'
import { quantizeVector } from '../../src/domain/retrieval/embedding.ts'
import { runHeadless } from '../support/headless.ts'
import { startNodePeer, type NodePeer } from '../support/node-peer.ts'
import { startServer, type TestServer } from '../support/start-server.ts'

const title = 'Zanthorian ledger of debts'
const sentence = 'Quillmore owes Brandeth forty silver guldens since the flood of Ostrava.'
const path = 'velmouth-diary.md'
const roses = '# Roses\n\nRoses are cut back in March.\n'

const folder = mkdtempSync(join(tmpdir(), 'loremesh-private-'))
let server: TestServer
let peer: NodePeer
/** Questions that others sent to the peer. */
let searches = 0
/** What this process has sent since it was last emptied, stream by stream, before encryption and after it. */
let sent = new Map<unknown, Buffer[]>()

/** Everything that the peer sends passes here: the requests of others come from processes of their own. */
function recordSends(): void {
  const send = AbstractMessageStream.prototype.send
  vi.spyOn(AbstractMessageStream.prototype, 'send').mockImplementation(function (this: unknown, data) {
    const parts = sent.get(this) ?? []
    parts.push(Buffer.from(data.subarray()))
    sent.set(this, parts)
    return Reflect.apply(send, this, [data])
  })
}

/** Which of these forms of a document went out. */
function formsSent(forms: ReadonlyMap<string, Uint8Array>): string[] {
  const streams = [...sent.values()].map((parts) => Buffer.concat(parts))
  const went = [...forms].filter(([, bytes]) => streams.some((stream) => stream.includes(Buffer.from(bytes))))
  return went.map(([name]) => name)
}

/** Every form in which a document could leave: its words, names, hashes and vectors. */
async function formsOf(documentHash: Parameters<NodePeer['peer']['library']['contexts']>[0]) {
  const contexts = await peer.peer.library.contexts(documentHash)
  const embedder = openNodeStaticEmbedder()
  const forms = new Map<string, Uint8Array>()
  for (const word of ['Zanthorian', 'Quillmore', 'Brandeth', 'guldens', 'velmouth']) {
    for (const text of [word, word.toLowerCase()]) forms.set(`word ${text}`, textToBytes(text))
  }
  for (const hash of [documentHash, ...contexts.map(({ contextHash }) => contextHash)]) {
    const digest = contextHashToDigest(hash)
    forms.set(`digest ${hash}`, digest)
    forms.set(`hexadecimal ${hash}`, textToBytes(Buffer.from(digest).toString('hex')))
  }
  const texts = contexts.map((context) => context.text)
  const embedded = await embedder.embed([...texts, `${title}\n${sentence}`, sentence, title], 'passage')
  for (const [at, vector] of embedded.entries()) {
    const { values } = quantizeVector(embedder.space, vector)
    forms.set(`vector ${at}`, Uint8Array.from(values))
    forms.set(`part of vector ${at}`, Uint8Array.from(values.slice(100, 164)))
    forms.set(`floats ${at}`, new Uint8Array(vector.slice().buffer))
  }
  return forms
}

/** Somebody else asks with the document's exact words, from another process. */
function askAsStranger(name: string): ReturnType<typeof runHeadless> {
  const to = ['--server', server.url, '--data', join(folder, name)]
  return runHeadless([...to, 'ask', `${title}: ${sentence}`, '--scope', 'network', '--json'])
}

beforeAll(async () => {
  server = await startServer({ LOREMESH_SEEDER: 'false', LOREMESH_PAYMENT_WINDOW_SECONDS: '30' })
  recordSends()
  peer = await startNodePeer(server, {
    intercept: (handlers) => ({
      onSearch(request, from) {
        searches += 1
        return handlers.onSearch(request, from)
      },
    }),
  })
})
afterAll(async () => {
  await peer.close()
  vi.restoreAllMocks()
  await server.stop()
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  sent = new Map()
  searches = 0
})

it('nothing of a private document leaves the peer, before it is shared and after', async () => {
  const { library } = peer.peer
  await peer.share('roses.md', roses)
  const [added] = await library.add([{ path, bytes: textToBytes(`# ${title}\n\n${sentence}\n`) }])
  if (added?.documentHash === undefined) throw new Error(added?.reason ?? 'The text was not added')
  const { documentHash } = added
  const forms = await formsOf(documentHash)

  await peer.peer.announce()
  const before = await askAsStranger('anna')
  expect(before.stdout).not.toContain('guldens')
  expect(searches).toBeGreaterThan(0)
  expect(formsSent(forms)).toEqual([])

  // The same recorder sees what is shared, in every form that is announced.
  await library.setVisibility(documentHash, 'shared')
  await peer.peer.announce()
  const meanwhile = await askAsStranger('ben')
  expect(meanwhile.stdout).toContain('guldens')
  const went = formsSent(forms)
  expect(went).toContain('word Zanthorian')
  expect(went).toContain('word guldens')
  expect(went.some((form) => form.startsWith('digest'))).toBe(true)
  expect(went.some((form) => form.startsWith('vector'))).toBe(true)

  // The tracker is told what is no longer there; from then on nobody hears of it again.
  await library.setVisibility(documentHash, 'private')
  await peer.peer.announce()
  sent = new Map()
  searches = 0
  await peer.peer.announce()
  const after = await askAsStranger('carl')
  expect(after.stdout).not.toContain('guldens')
  expect(searches).toBeGreaterThan(0)
  expect(formsSent(forms)).toEqual([])
}, 60_000)

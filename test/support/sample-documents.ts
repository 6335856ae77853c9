import { hashText } from '../../src/domain/content/context-hash.ts'
import type { Context } from '../../src/domain/content/context.ts'
import type { DocumentKind, DocumentRecord } from '../../src/domain/content/document.ts'
import { textToBytes } from '../../src/domain/kernel/bytes.ts'
import { samplePeerId } from './sample-peer-ids.ts'

interface SampleDocument {
  readonly title: string
  readonly path: string
  readonly kind: DocumentKind
  readonly tags: readonly string[]
  readonly isShared: boolean
  readonly hoursAgo: number
  /** Heading and text of each context. */
  readonly parts: readonly (readonly [heading: string, text: string])[]
}

const samples: readonly SampleDocument[] = [
  {
    title: 'Backups that you can restore',
    path: 'handbook/backups.md',
    kind: 'markdown',
    tags: ['operations', 'database'],
    isShared: true,
    hoursAgo: 0.2,
    parts: [
      [
        'What is kept',
        '# Backups that you can restore\n\nEvery night a full dump of each database goes to a second site. Between dumps the write-ahead log is shipped once a minute, so at most one minute of work is lost.',
      ],
      [
        'Testing',
        '## Testing\n\nA backup that was never restored is a hope, not a backup. Once a week the newest one is restored into an empty machine, and the row counts are compared with production. The result goes to the channel #backups, and a difference pages whoever is on call.',
      ],
      [
        'Retention',
        '## Retention\n\n- daily dumps: 14 days\n- weekly dumps: 3 months\n- monthly dumps: 7 years, encrypted with the offline key',
      ],
    ],
  },
  {
    title: 'Incident review: the slow Tuesday',
    path: 'handbook/incidents/2026-03-slow-tuesday.md',
    kind: 'markdown',
    tags: ['operations'],
    isShared: false,
    hoursAgo: 3,
    parts: [
      [
        'Summary',
        'Between 09:12 and 10:40 every third request took longer than eight seconds. A connection pool was exhausted by a report that held its transaction open while it waited for a printer.',
      ],
      [
        'What we changed',
        'Statements in reports now time out after 30 s, and the pool reports its waiting time as a metric with an alert at 200 ms.',
      ],
    ],
  },
  {
    title: 'retry.ts',
    path: 'src/net/retry.ts',
    kind: 'source',
    tags: ['typescript'],
    isShared: true,
    hoursAgo: 26,
    parts: [
      [
        'retry',
        'export async function retry<T>(act: () => Promise<T>, attempts = 3): Promise<T> {\n  for (let attempt = 1; ; attempt++) {\n    try {\n      return await act()\n    } catch (error) {\n      if (attempt === attempts) throw error\n    }\n  }\n}',
      ],
    ],
  },
  {
    title: 'Reading list on distributed systems with a title that is rather long for one line',
    path: 'notes/reading-list.html',
    kind: 'html',
    tags: [],
    isShared: false,
    hoursAgo: 24 * 9,
    parts: [
      ['Papers', 'FastPay, Astro, Hypercore and the Swarm book, each with a sentence on what it settles.'],
    ],
  },
  {
    title: 'Meeting notes',
    path: 'notes/meeting.txt',
    kind: 'text',
    tags: ['private'],
    isShared: false,
    hoursAgo: 24 * 40,
    parts: [['', 'Decided: the retention of monthly dumps stays at seven years.']],
  },
]

const addedAtMs = (hoursAgo: number) => Date.now() - hoursAgo * 3_600_000

function contextsOf(sample: SampleDocument): readonly Context[] {
  const text = sample.parts.map(([, part]) => part).join('\n\n')
  let startByte = 0
  return sample.parts.map(([heading, part]) => {
    const sizeBytes = textToBytes(part).length
    const context: Context = {
      contextHash: hashText(part),
      text: part,
      sizeBytes,
      title: heading === '' ? sample.title : `${sample.title} › ${heading}`,
      headingPath: heading === '' ? [] : [heading],
      tags: sample.tags,
      documentHash: hashText(text),
      documentTitle: sample.title,
      documentBytes: textToBytes(text).length,
      startByte,
      endByte: startByte + sizeBytes,
      author: samplePeerId(0),
      origin: 'own',
      addedAtMs: addedAtMs(sample.hoursAgo),
    }
    startByte += sizeBytes + 2
    return context
  })
}

/** Contexts of the sample documents. */
export const sampleContexts: readonly Context[] = samples.flatMap(contextsOf)

/** Five documents of several kinds, two of them shared. */
export const sampleDocuments: readonly DocumentRecord[] = samples.map((sample) => {
  const contexts = contextsOf(sample)
  const text = sample.parts.map(([, part]) => part).join('\n\n')
  return {
    documentHash: hashText(text),
    title: sample.title,
    path: sample.path,
    kind: sample.kind,
    tags: sample.tags,
    sizeBytes: textToBytes(text).length,
    addedAtMs: addedAtMs(sample.hoursAgo),
    visibility: sample.isShared ? 'shared' : 'private',
    contexts: contexts.map(({ contextHash }) => contextHash),
    chunkerVersion: 1,
  }
})

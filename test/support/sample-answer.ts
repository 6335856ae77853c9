import { hashText } from '../../src/domain/content/context-hash.ts'
import { estimateUsage } from '../../src/domain/economy/cost.ts'
import { textToBytes } from '../../src/domain/kernel/bytes.ts'
import { sumTokens, toMicroTokens, ZERO_TOKENS } from '../../src/domain/kernel/micro-tokens.ts'
import type { Answer, AskResult, AskScope } from '../../src/peer/peer.ts'
import { sampleContexts } from './sample-documents.ts'
import { samplePeerId } from './sample-peer-ids.ts'

function resultOf(
  text: string,
  about: Pick<AskResult, 'title' | 'documentTitle' | 'headingPath' | 'provider' | 'origin' | 'transport'>,
  score: number,
): AskResult {
  const sizeBytes = textToBytes(text).length
  return {
    ...about,
    contextHash: hashText(text),
    text,
    sizeBytes,
    documentHash: hashText(about.documentTitle),
    documentBytes: 96_000,
    score,
    author: about.provider === 'self' ? samplePeerId(0) : about.provider,
    paid: about.provider === 'self' ? ZERO_TOKENS : toMicroTokens(Math.ceil((sizeBytes * 2_000_000) / 1024)),
  }
}

const remote: readonly AskResult[] = [
  resultOf(
    'Restoring is the part that fails. Choose one backup at random every week, restore it into an empty machine, and compare the number of rows in each table with the live system. Measure how long it takes: that number is your real recovery time, whatever the plan says.\n\nIf the restored copy is more than a day old, the schedule is wrong, not the copy.',
    {
      title: 'Running PostgreSQL for small teams › Restore drills',
      documentTitle: 'Running PostgreSQL for small teams',
      headingPath: ['Backups', 'Restore drills'],
      provider: samplePeerId(1),
      origin: 'cached',
      transport: 'webrtc',
    },
    0.93,
  ),
  resultOf(
    'pg_restore --list shows what an archive holds without touching a database. Use it in the nightly job: an archive that can’t be listed can’t be restored, and it costs a second to know.',
    {
      title: 'PostgreSQL notes › Checking archives',
      documentTitle: 'PostgreSQL notes',
      headingPath: ['PostgreSQL notes', 'Checking archives'],
      provider: samplePeerId(2),
      origin: 'cached',
      transport: 'relay',
    },
    0.71,
  ),
]

/** An answer as a connected peer gives it: two passages from the own library, two from other peers. */
export function sampleAnswer(question: string, scope: AskScope): Answer {
  const local = sampleContexts.slice(0, 2).map((context, index): AskResult => ({
    ...context,
    score: 0.88 - index / 10,
    provider: 'self',
    origin: index === 0 ? 'own' : 'cached',
    paid: ZERO_TOKENS,
    transport: 'local',
  }))
  const fetched = scope === 'library' ? [] : remote
  const results = [...fetched.slice(0, 1), ...local, ...fetched.slice(1)]
  const paid = sumTokens(results.map((result) => result.paid))
  return {
    question,
    results,
    askedPeers: scope === 'library' ? 0 : 5,
    fromCache: false,
    paidEarlier: ZERO_TOKENS,
    timings: { localMs: 12.4, discoverMs: 61, fetchMs: 144, payMs: 203, totalMs: 420.4 },
    usage: estimateUsage({
      question: question.length,
      contexts: results.map(({ sizeBytes }) => sizeBytes),
      documents: [96_000, 96_000],
      paid,
    }),
    troubles:
      scope === 'library'
        ? []
        : [
            {
              provider: samplePeerId(3),
              code: 'price-above-limit',
              message: 'Wanted 24.5 tokens for 12 KB, more than this question may spend',
              hint: 'Raise the limit to get its 3 passages too',
            },
          ],
  }
}

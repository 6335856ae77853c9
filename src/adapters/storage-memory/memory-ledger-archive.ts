import { bytesToHexText } from '../../domain/kernel/bytes.ts'
import { encodeCertificate, type CertifiedEntry } from '../../domain/ledger/certificate.ts'
import type { LedgerArchive } from '../../ports/ledger-archive.ts'
import { settle } from './settle.ts'

const nameOf = ({ entry }: CertifiedEntry['signed']): string =>
  `${bytesToHexText(entry.account)} ${entry.seq}`

/** An archive that lives as long as the process, for ephemeral peers and tests. */
export function createMemoryLedgerArchive(): LedgerArchive {
  const archived = new Map<string, CertifiedEntry>()
  const positions = new WeakMap<CertifiedEntry, number>()
  const cursors = new Map<string, number>()
  let newest = 0

  function entriesOf(account: Uint8Array): CertifiedEntry[] {
    const hex = bytesToHexText(account)
    return [...archived.values()]
      .filter(({ signed }) => bytesToHexText(signed.entry.account) === hex)
      .sort((a, b) => a.signed.entry.seq - b.signed.entry.seq)
  }

  return {
    put: (batch) =>
      settle(() => {
        const before = archived.size
        for (const certified of batch) {
          const name = nameOf(certified.signed)
          if (archived.has(name)) continue
          archived.set(name, certified)
          positions.set(certified, ++newest)
        }
        return archived.size - before
      }),
    head: (account) =>
      settle(() => {
        const newest = entriesOf(account).at(-1)?.signed
        return newest && { seq: newest.entry.seq, hash: newest.hash }
      }),
    entries: (account, fromSeq, limit) =>
      settle(() =>
        entriesOf(account)
          .filter(({ signed }) => signed.entry.seq >= fromSeq)
          .slice(0, limit),
      ),
    page: (position, limit) =>
      settle(() => {
        const at = (certified: CertifiedEntry): number => positions.get(certified) ?? 0
        const entries = [...archived.values()].filter((entry) => at(entry) >= position).slice(0, limit)
        return { nextPosition: Math.max(position, ...entries.map((entry) => at(entry) + 1)), entries }
      }),
    cursor: (log) => settle(() => cursors.get(log)),
    putCursor: (log, position) => settle(() => void cursors.set(log, position)),
    count: () => settle(() => archived.size),
    sizeBytes: () =>
      settle(() =>
        [...archived.values()].reduce(
          (sum, { signed, certificate }) => sum + signed.wire.length + encodeCertificate(certificate).length,
          0,
        ),
      ),
    prune: ({ sinceMs, maxEntries }) =>
      settle(() => {
        const newestFirst = [...archived.values()].sort(
          (a, b) => b.signed.entry.timestampMs - a.signed.entry.timestampMs,
        )
        newestFirst.forEach(({ signed }, at) => {
          if (at >= maxEntries || signed.entry.timestampMs < sinceMs) archived.delete(nameOf(signed))
        })
      }),
    clear: () =>
      settle(() => {
        archived.clear()
        cursors.clear()
      }),
    close: () => Promise.resolve(),
  }
}

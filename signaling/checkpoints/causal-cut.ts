import type { Account } from '../../src/domain/identity/account.ts'
import { bytesToHexText } from '../../src/domain/kernel/bytes.ts'
import type { EntryHash, SignedEntry } from '../../src/domain/ledger/entry.ts'
import type { AuthorityStore, ShardTransaction } from '../authority-store/authority-store.ts'
import { endOf, type ChainPart } from './chain-part.ts'
import { seqWithin } from './cut.ts'
import type { FinalLedger } from './final-ledger.ts'
import { inShards } from './in-shards.ts'

const PAGE = 512

/** What an entry rests on in another chain: an entry there that opened this payment, or that claimed it. */
interface Need {
  readonly account: Account
  readonly payment: EntryHash
}

/**
 * The parts without the entries that rest on others beyond the cut, and without what follows those: what is left contains
 * every payment that it claims, and every claim that it takes back the rest of.
 */
export async function closeCausally(
  store: AuthorityStore,
  final: FinalLedger,
  parts: readonly ChainPart[],
): Promise<readonly ChainPart[]> {
  const beyond = await readBeyond(store, final, parts)
  let open = parts
  for (;;) {
    const closed = open.map((part) => {
      const end = part.entries.findIndex((entry) =>
        needsOf(part, entry).some(({ account, payment }) =>
          beyond.get(bytesToHexText(account))?.has(payment),
        ),
      )
      return end < 0 ? part : { ...part, entries: part.entries.slice(0, end) }
    })
    if (closed.every((part, index) => part === open[index])) {
      return open.filter(({ entries }) => entries.length > 0)
    }
    for (const [index, { account, entries }] of open.entries()) {
      const left = entries.slice(closed[index]?.entries.length)
      addAll(beyond, account, left.flatMap(touchedBy))
    }
    open = closed
  }
}

/** What an entry relies on in another chain, and that may not be in the checkpoint. */
function needsOf({ payments }: ChainPart, { entry }: SignedEntry): readonly Need[] {
  const { operation } = entry
  switch (operation.type) {
    case 'claim':
      return operation.sources.flatMap((source) => {
        const payment = payments.get(source)
        return payment === undefined ? [] : [{ account: payment.payer, payment: source }]
      })
    case 'release': {
      const reserve = payments.get(operation.reserve)
      return reserve === undefined ? [] : [{ account: reserve.payee, payment: operation.reserve }]
    }
    // A payment that lapsed did so in an earlier checkpoint.
    case 'reclaim':
    case 'open':
    case 'pay':
    case 'reserve':
    case 'collect':
      return []
  }
}

/** Payments that an entry opens or claims. */
function touchedBy({ entry, hash }: SignedEntry): readonly EntryHash[] {
  return entry.operation.type === 'claim' ? [hash, ...entry.operation.sources] : [hash]
}

/** Payments that the accounts on which the parts rest have opened and claimed beyond the cut. */
async function readBeyond(
  store: AuthorityStore,
  final: FinalLedger,
  parts: readonly ChainPart[],
): Promise<Map<string, Set<EntryHash>>> {
  const seqOf = seqWithin(final, parts.map(endOf))
  const needed = new Map<string, Account>()
  for (const part of parts) {
    for (const { account } of part.entries.flatMap((entry) => needsOf(part, entry))) {
      needed.set(bytesToHexText(account), account)
    }
  }
  const places = [...needed.values()].map((account) => ({ account, seq: seqOf(account) }))
  const rests = await inShards(store, places, (transaction, { account, seq }) =>
    entriesFrom(transaction, account, seq + 1),
  )
  const beyond = new Map<string, Set<EntryHash>>()
  for (const [index, { account }] of places.entries()) {
    addAll(beyond, account, (rests[index] ?? []).flatMap(touchedBy))
  }
  return beyond
}

async function entriesFrom(
  transaction: ShardTransaction,
  account: Account,
  fromSeq: number,
): Promise<readonly SignedEntry[]> {
  const found: SignedEntry[] = []
  for (;;) {
    const page = await transaction.entries(account, fromSeq + found.length, PAGE)
    found.push(...page.map(({ signed }) => signed))
    if (page.length < PAGE) return found
  }
}

function addAll(sets: Map<string, Set<EntryHash>>, account: Account, hashes: readonly EntryHash[]): void {
  const key = bytesToHexText(account)
  sets.set(key, new Set([...(sets.get(key) ?? []), ...hashes]))
}

import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { ContextHash } from '../../domain/content/context-hash.ts'
import type { QueryUsage } from '../../domain/economy/cost.ts'
import type { Prices } from '../../domain/economy/prices.ts'
import { toMicroTokens } from '../../domain/kernel/micro-tokens.ts'
import type { Judgement } from '../../domain/retrieval/precision.ts'
import type { KeptQuestion, QuestionLog } from '../../ports/question-log.ts'
import { inTransaction } from './database.ts'

/** What `record` holds as JSON: everything else that is known of the question. */
interface StoredRecord {
  readonly usage: Omit<QueryUsage, 'paid'> & { readonly paid: string }
  readonly prices: Prices
  readonly results: readonly ContextHash[]
  readonly judgements: readonly (readonly [ContextHash, Judgement])[]
}

function toQuestion(row: Record<string, SQLOutputValue>): KeptQuestion {
  const { usage, prices, results, judgements } = JSON.parse(String(row['record'])) as StoredRecord
  return {
    id: String(row['id']),
    question: String(row['question']),
    askedAtMs: Number(row['asked_at_ms']),
    usage: { ...usage, paid: toMicroTokens(BigInt(usage.paid)) },
    prices,
    results,
    judgements: new Map(judgements),
  }
}

function toRecord({ usage, prices, results, judgements }: KeptQuestion): string {
  const stored: StoredRecord = {
    usage: { ...usage, paid: usage.paid.toString() },
    prices,
    results,
    judgements: [...judgements],
  }
  return JSON.stringify(stored)
}

/** A question log over an open database. */
export function createSqliteQuestionLog(database: DatabaseSync): QuestionLog {
  const sql = (text: string) => database.prepare(text)
  const replace = sql('REPLACE INTO questions VALUES (?, ?, ?, ?)')
  const selectOne = sql('SELECT * FROM questions WHERE id = ?')
  const selectNewest = sql('SELECT * FROM questions WHERE question = ? ORDER BY asked_at_ms DESC LIMIT 1')
  const selectAll = sql('SELECT * FROM questions ORDER BY asked_at_ms DESC')
  const deleteOne = sql('DELETE FROM questions WHERE id = ?')
  const deleteOldest = sql(
    'DELETE FROM questions WHERE id IN (SELECT id FROM questions ORDER BY asked_at_ms DESC LIMIT -1 OFFSET ?)',
  )
  const transact = <T>(step: () => T): Promise<T> => inTransaction(database, step)

  return {
    put: (kept) => transact(() => void replace.run(kept.id, kept.question, kept.askedAtMs, toRecord(kept))),
    get: (id) =>
      transact(() => {
        const row = selectOne.get(id)
        return row && toQuestion(row)
      }),
    newestOf: (text) =>
      transact(() => {
        const row = selectNewest.get(text)
        return row && toQuestion(row)
      }),
    list: () => transact(() => selectAll.all().map(toQuestion)),
    remove: (ids) => transact(() => ids.forEach((id) => deleteOne.run(id))),
    prune: (keep) => transact(() => void deleteOldest.run(keep)),
  }
}

/**
 * A process to be killed: writes votes and payments into an authority's store until it ends, sixteen at a time, and
 * reports the seq of each on the standard output as soon as its transaction is done. Arguments: the first seq, and the
 * locations of the shards.
 */
import { writeSync } from 'node:fs'
import { openAuthorityStore } from '../../signaling/authority-store/open-authority-store.ts'
import { toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { ann, sampleEntry, samplePayment, sampleVote } from '../contract/sample-ledger.ts'

const WRITERS = 16

const [firstSeq = '', ...locations] = process.argv.slice(2)
const store = await openAuthorityStore(locations)
let next = Number(firstSeq)

async function write(): Promise<never> {
  for (;;) {
    const seq = next++
    const signed = sampleEntry(ann, seq)
    const payment = samplePayment(seq, { hash: signed.hash, amount: toMicroTokens(7n) })
    await store.shardOf(ann.account).transaction(async (transaction) => {
      await transaction.addVote(signed, sampleVote())
      await transaction.putPayment(payment)
    })
    writeSync(process.stdout.fd, `${seq}\n`)
  }
}

await Promise.all(Array.from({ length: WRITERS }, write))

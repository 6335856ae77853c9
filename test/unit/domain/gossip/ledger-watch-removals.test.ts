import { describe, expect, it } from 'vitest'
import { createLedgerWatch } from '../../../../src/domain/gossip/ledger-watch.ts'
import type { CertifiedEntry } from '../../../../src/domain/ledger/certificate.ts'
import { proveFork } from '../../../../src/domain/ledger/fork-proof.ts'
import { sampleCheckpoint } from '../../../support/checkpoint-samples.ts'
import { ann, genesis, START_MS } from '../../../support/ledger.ts'
import { referenceVerifier } from '../../../support/reference-verifier.ts'
import { certificateOf, entryAt, operations } from '../../../support/slot-entries.ts'
import { certificate, entry, signedAt } from './watch-fixture.ts'

describe('the vote of a removed authority', () => {
  /** A watch that knows that the only authority was removed by checkpoint 5. */
  function openAfter() {
    const certified: CertifiedEntry[] = []
    const watch = createLedgerWatch(
      { genesis, verifier: referenceVerifier, nowMs: () => START_MS },
      { onFraud: () => undefined, onCertified: (entry) => certified.push(entry) },
    )
    watch.recall([], { height: 9, removals: [{ authority: 0, height: 5 }] })
    return { ...watch, certified }
  }
  const later = entryAt(ann, 5, operations.pay(1), { checkpoint: 5 })
  const earlier = entryAt(ann, 5, operations.pay(1), { checkpoint: 4 })

  it('counts under an entry that names an earlier checkpoint, as soon as that is known', async () => {
    const { judge, certified } = openAfter()
    expect(await judge(certificate(earlier))).toBe('ignore')
    expect(await judge(entry(earlier))).toBe('accept')
    expect(await judge(certificate(earlier))).toBe('accept')
    expect(certified).toHaveLength(1)
  })

  it('certifies nothing afterwards, and whoever forwards it is not to blame', async () => {
    const { judge, certified, isAdmitted } = openAfter()
    expect(await judge(certificate(later))).toBe('ignore')
    expect(await judge(entry(later))).toBe('accept')
    expect(await judge(certificate(later))).toBe('ignore')
    expect(certified).toEqual([])
    expect(isAdmitted(ann.account)).toBe(false)
    const forged = { ...certificateOf(later), votes: [{ authority: 0, signature: new Uint8Array(64) }] }
    expect(await judge({ type: 'certificate', certificate: forged })).toBe('reject')
  })

  it('proves no fork against an account, and makes no checkpoint', async () => {
    const { judge, isFrozen } = openAfter()
    const e2 = entryAt(ann, 5, operations.claim(1), { checkpoint: 5 })
    const proof = proveFork(
      { signed: later, certificate: undefined },
      { signed: e2, certificate: certificateOf(e2) },
    )
    if (proof === undefined) throw new Error('No proof')
    expect(await judge({ type: 'fork-proof', proof })).toBe('ignore')
    expect(isFrozen(ann.account)).toBe(false)
    const { header } = sampleCheckpoint().signed
    const tenth = { ...header, height: 10, prev: signedAt(header).hash, skip: signedAt(header).hash }
    expect(await judge({ type: 'checkpoint', checkpoint: signedAt(tenth) })).toBe('ignore')
  })
})

import { expect, it } from 'vitest'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { encodeCertificate } from '../../../src/domain/ledger/certificate.ts'
import { createCertificateCheck } from '../../../src/peer/certificate-check.ts'
import { createLedgerView } from '../../../src/peer/ledger-view.ts'
import { ann, expectRejection, genesis, START_MS } from '../../support/ledger.ts'
import { referenceVerifier } from '../../support/reference-verifier.ts'
import { certificateOf, entryAt, operations } from '../../support/slot-entries.ts'

const signed = entryAt(ann, 5, operations.pay(1), { checkpoint: 7 })
const wire = encodeCertificate(certificateOf(signed))

/** The check of a peer that knows no checkpoint; `answer` is what the authorities say when they are asked for one. */
function open(answer: 'removed' | 'as ever' | 'nothing') {
  const view = createLedgerView({ genesis, clock: { nowMs: () => START_MS } })
  const asked: number[] = []
  const check = createCertificateCheck({
    genesis,
    signatureVerifier: referenceVerifier,
    view,
    checkpoints: {
      learnAt(height) {
        asked.push(height)
        if (answer === 'nothing') return Promise.reject(new LoremeshError('authority-unreachable', 'No'))
        const removals = answer === 'removed' ? [{ authority: 0, height: 6 }] : []
        view.learn({ height, timeMs: START_MS, parameters: genesis, removals })
        return Promise.resolve()
      },
    },
  })
  return { check: () => check(wire, signed), checkOther: check, asked }
}

it('asks for the checkpoint that an entry names before it counts votes, once', async () => {
  const { check, asked } = open('as ever')
  await check()
  await check()
  expect(asked).toEqual([7])
})

it('takes no vote of an authority that was removed by then', async () => {
  await expectRejection(open('removed').check, 'bad-certificate')
})

it('goes by what is known while no authority answers', async () => {
  await open('nothing').check()
})

it('asks nobody for the sake of votes that are not signed', async () => {
  const { checkOther, asked } = open('as ever')
  const other = entryAt(ann, 5, operations.pay(2), { checkpoint: 7 })
  await expectRejection(() => checkOther(wire, other), 'bad-certificate')
  expect(asked).toEqual([])
})

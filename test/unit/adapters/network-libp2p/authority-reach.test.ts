import { expect, it } from 'vitest'
import { createReachWatch } from '../../../../src/adapters/network-libp2p/authority-reach.ts'
import { LoremeshError, type ErrorCode } from '../../../../src/domain/kernel/errors.ts'
import type { AuthorityReach } from '../../../../src/ports/certifier.ts'
import { ann, bob, cat } from '../../../support/ledger.ts'

const sizes = { total: 4, needed: 3 }

/** A watch over two of four authorities, and what it has told. */
function openWatch() {
  const watch = createReachWatch([ann.peerId, bob.peerId], sizes)
  const told: AuthorityReach[] = []
  watch.reach.subscribe((reach) => told.push(reach))
  let code: ErrorCode | undefined
  const ask = watch.watch(() =>
    code === undefined ? Promise.resolve(new Uint8Array()) : Promise.reject(new LoremeshError(code, 'No')),
  )
  return {
    watch,
    told,
    async ask(authority = ann.peerId, failure?: ErrorCode) {
      code = failure
      await ask(authority, new Uint8Array()).catch(() => undefined)
      return told.at(-1)
    },
  }
}

it('counts authorities without an address as silent, and the others not before a sign of them', () => {
  expect(openWatch().told).toEqual([{ ...sizes, answering: 0, silent: 2 }])
})

it('follows what becomes of questions', async () => {
  const { ask } = openWatch()
  expect(await ask()).toMatchObject({ answering: 1, silent: 2 })
  expect(await ask(bob.peerId, 'timeout')).toMatchObject({ answering: 1, silent: 3 })
  expect(await ask(ann.peerId, 'not-connected')).toMatchObject({ answering: 0, silent: 4 })
  expect(await ask(bob.peerId)).toMatchObject({ answering: 1, silent: 3 })
})

it('takes neither a refusal nor a question that was withdrawn for silence', async () => {
  const { ask, told } = openWatch()
  await ask()
  for (const code of ['bad-entry', 'rate-limited', 'not-ready', 'aborted'] as const)
    await ask(ann.peerId, code)
  expect(told).toHaveLength(2)
})

it('notices connections, though not those of others', () => {
  const { watch, told } = openWatch()
  watch.note(ann.peerId, true)
  watch.note(ann.peerId, true)
  watch.note(cat.peerId, false)
  watch.note(ann.peerId, false)
  expect(told.slice(1)).toEqual([
    { ...sizes, answering: 1, silent: 2 },
    { ...sizes, answering: 0, silent: 3 },
  ])
})

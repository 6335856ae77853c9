import { expect, it } from 'vitest'
import { createCertificateDelivery } from '../../../../src/adapters/network-libp2p/certificate-delivery.ts'
import { LoremeshError, type ErrorCode } from '../../../../src/domain/kernel/errors.ts'
import { ann, bob } from '../../../support/ledger.ts'

const notice = (number: number) => Uint8Array.of(number)

/** A delivery to two authorities, the second of which fails with `failure` while it is set. */
function open(failure: ErrorCode | undefined) {
  const got: (readonly [string, number])[] = []
  const names = new Map([
    [ann.peerId, 'ann'],
    [bob.peerId, 'bob'],
  ])
  const state = { failure }
  const delivery = createCertificateDelivery([ann.peerId, bob.peerId], async (authority, [number]) => {
    await Promise.resolve()
    if (authority === bob.peerId && state.failure !== undefined) {
      throw new LoremeshError(state.failure, 'No')
    }
    got.push([names.get(authority) ?? '', number ?? 0])
  })
  return { delivery, got, state }
}

it('tells everybody, and again whom it could not reach, in order', async () => {
  const { delivery, got, state } = open('not-connected')
  delivery.tellAll(notice(1))
  delivery.tellAll(notice(2))
  await delivery.settled()
  state.failure = undefined
  delivery.repeat(ann.peerId)
  delivery.repeat(bob.peerId)
  delivery.tellAll(notice(3))
  await delivery.settled()
  expect(got.filter(([name]) => name === 'ann').map(([, number]) => number)).toEqual([1, 2, 3])
  expect(got.filter(([name]) => name === 'bob').map(([, number]) => number)).toEqual([1, 2, 3])
})

it('tells again without another entry whom it could not reach', async () => {
  const { delivery, got, state } = open('not-connected')
  delivery.tellAll(notice(1))
  await delivery.settled()
  delivery.repeatAll()
  await delivery.settled()
  state.failure = undefined
  delivery.repeatAll()
  await delivery.settled()
  expect(got).toEqual([
    ['ann', 1],
    ['bob', 1],
  ])
})

it('does not insist where an authority refuses for good', async () => {
  const { delivery, got, state } = open('bad-certificate')
  delivery.tellAll(notice(1))
  await delivery.settled()
  state.failure = undefined
  delivery.repeat(bob.peerId)
  await delivery.settled()
  expect(got).toEqual([['ann', 1]])
})

it('has few under way to one that hangs, and remembers the newest few for it', async () => {
  let asked = 0
  const release: (() => void)[] = []
  const delivery = createCertificateDelivery([ann.peerId], async () => {
    asked++
    await new Promise<void>((resolve) => release.push(resolve))
  })
  for (let number = 0; number < 100; number++) delivery.tellAll(notice(number))
  expect(asked).toBe(32)
  for (const resolve of release.splice(0)) resolve()
  await delivery.settled()
  delivery.repeat(ann.peerId)
  expect(asked).toBe(64)
  for (const resolve of release.splice(0)) resolve()
  await delivery.settled()
})

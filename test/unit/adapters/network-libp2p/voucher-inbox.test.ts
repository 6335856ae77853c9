import { expect, it, vi } from 'vitest'
import { createVoucherInbox } from '../../../../src/adapters/network-libp2p/voucher-inbox.ts'
import { LoremeshError } from '../../../../src/domain/kernel/errors.ts'
import { digestToEntryHash, type EntryHash, type Voucher } from '../../../../src/domain/ledger/entry.ts'
import { expectRefusal } from '../../../support/ledger.ts'
import { createManualClock } from '../../../support/manual-clock.ts'
import { testBytes } from '../../../support/test-contexts.ts'
import { reserve, voucherOf } from './fetch-fixture.ts'

const other = digestToEntryHash(testBytes(32, 77))

/** An inbox whose vouchers are accepted when a test says so. */
function openInbox({ mayAccept = () => true }: { readonly mayAccept?: () => boolean } = {}) {
  const clock = createManualClock()
  const accepted: (bigint | undefined)[] = []
  const onRefused = vi.fn()
  let settle: { resolve: () => void; reject: (reason: Error) => void } | undefined
  const accept = (_reserve: EntryHash, { amount }: Voucher) => {
    accepted.push(amount)
    return new Promise<void>((resolve, reject) => {
      settle = { resolve, reject }
    })
  }
  return {
    ...createVoucherInbox({ accept, onRefused, mayAccept, clock }),
    clock,
    accepted,
    onRefused,
    async accept() {
      settle?.resolve()
      await clock.advance(0)
    },
    async refuse(reason: Error) {
      settle?.reject(reason)
      await clock.advance(0)
    },
  }
}

const put = (exchange: number, amount: number, of = reserve) => ({
  exchange,
  reserve: of,
  voucher: voucherOf(amount),
})

it('hands on one voucher at a time, and the newest of those that came meanwhile', async () => {
  const inbox = openInbox()
  inbox.expect(1, { reserve, contexts: 5 })
  inbox.expect(2, { reserve: other, contexts: 5 })
  for (const amount of [10, 20, 30]) inbox.put(put(1, amount))
  inbox.put(put(2, 5, other))
  expect(inbox.accepted).toEqual([10n])
  await inbox.accept()
  expect(inbox.accepted).toEqual([10n, 30n])
  inbox.put(put(1, 40))
  await inbox.accept()
  expect(inbox.accepted).toEqual([10n, 30n, 5n])
  await inbox.accept()
  await inbox.accept()
  expect(inbox.accepted).toEqual([10n, 30n, 5n, 40n])
})

it('keeps to the rate', async () => {
  let tokens = 1
  const inbox = openInbox({ mayAccept: () => tokens-- > 0 })
  inbox.expect(1, { reserve, contexts: 5 })
  inbox.put(put(1, 10))
  await inbox.accept()
  inbox.put(put(1, 20))
  await inbox.accept()
  inbox.put(put(1, 30))
  await inbox.clock.advance(1_000)
  expect(inbox.accepted).toEqual([10n, 20n])
  tokens = 1
  await inbox.clock.advance(100)
  expect(inbox.accepted).toEqual([10n, 20n, 30n])
})

it('says which exchange a refused voucher came in, and goes on', async () => {
  const inbox = openInbox()
  inbox.expect(7, { reserve, contexts: 1 })
  inbox.put(put(7, 10))
  await inbox.refuse(new LoremeshError('bad-signature', 'Forged'))
  expect(inbox.onRefused).toHaveBeenCalledWith(7, expect.objectContaining({ code: 'bad-signature' }))
  inbox.put(put(7, 20))
  expect(inbox.accepted).toEqual([10n, 20n])
})

it('refuses a voucher for another reserve, and more than one a context and four to spare', () => {
  const inbox = openInbox()
  inbox.expect(1, { reserve, contexts: 2 })
  expectRefusal(() => inbox.put(put(1, 10, other)), 'bad-encoding')
  for (let amount = 1; amount <= 6; amount++) inbox.put(put(1, amount))
  expectRefusal(() => inbox.put(put(1, 7)), 'rate-limited')
})

it('forgets a take after many others', () => {
  const inbox = openInbox()
  for (let exchange = 1; exchange <= 65; exchange++) inbox.expect(exchange, { reserve, contexts: 1 })
  inbox.put(put(1, 10))
  expect(inbox.accepted).toEqual([])
  inbox.put(put(2, 10))
  expect(inbox.accepted).toEqual([10n])
})

import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { createSeederProcess, type SeederProcess } from '../../../signaling/seeder-process.ts'
import { hashText } from '../../../src/domain/content/context-hash.ts'
import { createIdentity } from '../../../src/domain/identity/identity.ts'
import { toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'

const entry = fileURLToPath(new URL('../../support/fake-seeder.ts', import.meta.url))
const payer = createIdentity(new Uint8Array(32)).peerId
const question = {
  payer,
  requestId: new Uint8Array(16).fill(7),
  contextHash: hashText('A context'),
  maxTokenCost: toMicroTokens(1n),
}
const payment = (behaviour: number) => ({
  payer,
  quoteWire: Uint8Array.of(3),
  payWire: Uint8Array.of(behaviour),
  certificateWire: Uint8Array.of(4),
})

let seeder: SeederProcess | undefined
afterEach(() => seeder?.stop())

/** Starts the fake seeder; `announced()` waits for its next announcement. */
function start(requestTimeoutMs = 20_000) {
  const waiting: (() => void)[] = []
  let announcements = 0
  const started = createSeederProcess(
    {
      log: (_level, event) => {
        if (event !== 'seeder announced') return
        announcements++
        for (const resolve of waiting.splice(0)) resolve()
      },
    },
    { entry, firstRestartMs: 1, requestTimeoutMs },
  )
  seeder = started
  started.start([])
  const announced = async (count: number) => {
    while (announcements < count) await new Promise<void>((resolve) => waiting.push(resolve))
  }
  return { started, announced }
}

it('asks the seeder for quotes and contexts, and passes on its refusals', async () => {
  const { started, announced } = start()
  await expect(started.quote(question)).rejects.toMatchObject({ code: 'not-ready' })
  await announced(1)
  expect(started.peerId).toMatch(/^12D3KooW/)
  expect(await started.quote(question)).toEqual(question.requestId)
  expect(await started.pay(payment(0))).toMatchObject({
    context: { content: 'A context' },
    deliveryWire: Uint8Array.of(3),
  })
  const ack = { payer, invoice: new Uint8Array(32), ack: new Uint8Array(64) }
  await expect(started.acknowledge(ack)).rejects.toMatchObject({ code: 'not-found', hint: 'Pay first' })
})

it('starts the seeder again when it ends by itself, and fails what was asked of it', async () => {
  const { started, announced } = start()
  await announced(1)
  await expect(started.pay(payment(1))).rejects.toMatchObject({ code: 'not-ready' })
  expect(started.peerId).toBeUndefined()
  await announced(2)
  expect(await started.quote(question)).toEqual(question.requestId)
})

it('stops waiting for a seeder that does not answer', async () => {
  const { started, announced } = start(20)
  await announced(1)
  await expect(started.pay(payment(2))).rejects.toMatchObject({ code: 'timeout' })
})

import { expect, it } from 'vitest'
import { untilFilled } from '../../../src/peer/until-filled.ts'
import { createManualClock } from '../../support/manual-clock.ts'

const never = new Promise<void>(() => undefined)

it('a question waits for a library that is being read', async () => {
  let finish: () => void = () => undefined
  const filling = new Promise<void>((resolve) => (finish = resolve))
  let isOver = false
  const waiting = untilFilled({ whenFilled: () => filling }, createManualClock()).then(() => (isOver = true))
  await Promise.resolve()
  expect(isOver).toBe(false)
  finish()
  await waiting
})

it('but not longer than ten seconds', async () => {
  const clock = createManualClock()
  const waiting = untilFilled({ whenFilled: () => never }, clock)
  await clock.advance(10_000)
  await waiting
})

it('and not after it was stopped', async () => {
  const { signal, abort } = createManualClock().abortable()
  const waiting = untilFilled({ whenFilled: () => never }, createManualClock(), signal)
  abort()
  await expect(waiting).rejects.toMatchObject({ code: 'aborted' })
})

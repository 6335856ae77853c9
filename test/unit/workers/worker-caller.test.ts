import { expect, it } from 'vitest'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { createWorkerCaller } from '../../../src/workers/worker-caller.ts'
import type { CallRequest } from '../../../src/workers/call-messages.ts'
import { createFakeWorkers, type OnCall } from '../../support/fake-worker.ts'

interface Functions {
  double(value: number): number
  sum(a: number, b: number): Promise<number>
}

const computes: OnCall = (call, worker) => {
  const [a = 0, b = a] = call.parameters as number[]
  worker.finish(call, a + b)
}
const silent: OnCall = () => undefined
const breaks: OnCall = (_, worker) => worker.breakDown()
const fails: OnCall = (call, worker) => worker.fail(call, 'bad-content', 'damaged', 'Reload')

function setUp(options: { readonly endsWithFailure?: boolean }, ...behaviours: [OnCall, ...OnCall[]]) {
  const { workers, start } = createFakeWorkers(...behaviours)
  const caller = createWorkerCaller<Functions>(start, {
    brokenDown: () => new LoremeshError('internal', 'It broke down'),
    ...options,
  })
  return { caller, workers }
}

it('starts one worker with the first call and gives each call its result', async () => {
  const { caller, workers } = setUp({}, computes)
  expect(workers).toHaveLength(0)
  expect(await Promise.all([caller.call('double', 4), caller.call('sum', 1, 2)])).toEqual([8, 3])
  expect(workers).toHaveLength(1)
})

it('gives results to their calls in whatever order they come', async () => {
  const calls: CallRequest[] = []
  const { caller, workers } = setUp({}, (call) => calls.push(call))
  const results = Promise.all([caller.call('double', 1), caller.call('double', 2)])
  await Promise.resolve()
  for (const call of calls.toReversed()) workers[0]?.finish(call, call.parameters[0])
  expect(await results).toEqual([1, 2])
})

it('gives a failure its code and hint, and goes on with the same worker', async () => {
  let times = 0
  const { caller, workers } = setUp({}, (call, worker) => (times++ === 0 ? fails : computes)(call, worker))
  const both = await Promise.allSettled([caller.call('double', 1), caller.call('double', 2)])
  expect(both).toMatchObject([
    { reason: { code: 'bad-content', message: 'damaged', hint: 'Reload' } },
    { value: 4 },
  ])
  expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([false])
})

it('ends a worker that a failed call makes useless, with all that is open in it', async () => {
  const { caller, workers } = setUp({ endsWithFailure: true }, fails, computes)
  const both = await Promise.allSettled([caller.call('double', 1), caller.call('double', 2)])
  expect(both).toMatchObject([{ reason: { code: 'bad-content' } }, { reason: { code: 'bad-content' } }])
  expect(await caller.call('double', 3)).toBe(6)
  expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([true, false])
})

it('fails what is open in a worker that breaks down, and starts another for the next call', async () => {
  const { caller, workers } = setUp({}, breaks, computes)
  await expect(caller.call('double', 1)).rejects.toMatchObject({ code: 'internal', message: 'It broke down' })
  expect(await caller.call('double', 2)).toBe(4)
  expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([true, false])
})

it('ends its worker when told to, with the reason for open calls', async () => {
  const { caller, workers } = setUp({}, silent, computes)
  const open = caller.call('double', 1)
  caller.end(new LoremeshError('aborted', 'Stopped'))
  await expect(open).rejects.toMatchObject({ code: 'aborted' })
  expect(await caller.call('double', 2)).toBe(4)
  expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([true, false])
})

it('lets nothing that comes late from an ended worker disturb the next one', async () => {
  const calls: CallRequest[] = []
  const { caller, workers } = setUp({ endsWithFailure: true }, (call) => calls.push(call))
  const lost = caller.call('double', 1)
  await Promise.resolve()
  caller.end(new LoremeshError('aborted', 'Stopped'))
  await expect(lost).rejects.toMatchObject({ code: 'aborted' })
  const next = caller.call('double', 2)
  await Promise.resolve()
  const [first, second] = calls
  if (first === undefined || second === undefined) throw new Error('Both calls were made')
  workers[0]?.fail(first, 'internal')
  workers[0]?.breakDown()
  workers[1]?.finish(second, 4)
  expect(await next).toBe(4)
  expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([true, false])
})

it('does nothing when there is no worker to end', () => {
  const { caller, workers } = setUp({}, computes)
  caller.end(new LoremeshError('aborted', 'Stopped'))
  expect(workers).toHaveLength(0)
})

it('tells of a breakdown before the open calls hear of it, and of no end that was wished', async () => {
  const told: string[] = []
  const { start } = createFakeWorkers(breaks, silent)
  const caller = createWorkerCaller<Functions>(start, {
    brokenDown: () => new LoremeshError('internal', 'It broke down'),
    onBrokenDown: () => told.push('broken down'),
  })
  await caller.call('double', 1).catch(() => told.push('failed'))
  expect(told).toEqual(['broken down', 'failed'])
  const open = caller.call('double', 2)
  caller.end(new LoremeshError('aborted', 'Stopped'))
  await expect(open).rejects.toMatchObject({ code: 'aborted' })
  expect(told).toEqual(['broken down', 'failed'])
})

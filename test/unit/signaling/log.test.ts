import { expect, it } from 'vitest'
import { createLog, relayLogLine } from '../../../signaling/log.ts'

/** A log with the lines that it wrote. */
function open(nowMs: number) {
  const lines: unknown[] = []
  return {
    lines,
    log: createLog(
      (line) => lines.push(JSON.parse(line)),
      () => nowMs,
    ),
  }
}

it('writes events with their time and fields', () => {
  const { lines, log } = open(1_000)
  log('warn', 'authority ended', { code: 1 })
  expect(lines).toEqual([
    { time: '1970-01-01T00:00:01.000Z', level: 'warn', event: 'authority ended', code: 1 },
  ])
})

it('passes on what another process has logged, with its time and what it is called here', () => {
  const child: string[] = []
  createLog(
    (line) => child.push(line),
    () => 1_000,
  )('error', 'request failed', { route: '/' })
  const { lines, log } = open(2_000)
  relayLogLine(log, child[0] ?? '', 'authority', { authority: 2 })
  expect(lines).toEqual([
    {
      time: '1970-01-01T00:00:01.000Z',
      level: 'error',
      event: 'request failed',
      route: '/',
      authority: 2,
    },
  ])
})

it.each(['    at Module.load', '{"event":"no level"}', '{"time":"","level":"info","event":"e","deep":{}}'])(
  'passes on %s as text',
  (line) => {
    const { lines, log } = open(0)
    relayLogLine(log, line, 'authority', { authority: 2 })
    expect(lines).toMatchObject([{ level: 'info', event: 'authority says', authority: 2, line }])
  },
)

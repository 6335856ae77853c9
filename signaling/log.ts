import * as v from 'valibot'

/** What a log line may carry besides its event: counts, codes and durations; never contents, questions or addresses. */
type LogFields = Readonly<Record<string, string | number | boolean>>

type LogLevel = 'info' | 'warn' | 'error'

/** Writes one event; the name is a stable phrase that operators can filter by. */
export type Log = (level: LogLevel, event: string, fields?: LogFields) => void

/** A log that writes one JSON object a line. */
export function createLog(writeLine: (line: string) => void, nowMs: () => number): Log {
  return (level, event, fields = {}) => {
    writeLine(JSON.stringify({ time: new Date(nowMs()).toISOString(), level, event, ...fields }))
  }
}

const lineSchema = v.objectWithRest(
  { time: v.string(), level: v.picklist(['info', 'warn', 'error']), event: v.string() },
  v.union([v.string(), v.number(), v.boolean()]),
)

/** Logs again what another process's log has written, with more fields; any other line as what `name` says. */
export function relayLogLine(log: Log, line: string, name: string, fields: LogFields): void {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), lineSchema), line)
  if (!parsed.success) {
    log('info', `${name} says`, { ...fields, line })
    return
  }
  // The time stays that of the other process.
  const { level, event, ...rest } = parsed.output
  log(level, event, { ...rest, ...fields })
}

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

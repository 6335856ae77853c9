import { readdirSync, readFileSync } from 'node:fs'

/** Where Linux tells of its processes. */
const PROCESSES = '/proc'
/** A tick of the times there: USER_HZ is 100 on all machines that Node runs on. */
const MS_PER_TICK = 10

interface ProcessTimes {
  readonly id: number
  readonly parent: number
  readonly cpuMs: number
}

/** Processor time in milliseconds that this process and those that it started have used; throws where there is no /proc. */
export function readFamilyCpuMs(): number {
  const all = readdirSync(PROCESSES)
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readTimes(Number(name)))
  const family = new Set([process.pid])
  for (let found = 0; found < family.size;) {
    found = family.size
    for (const { id, parent } of all) if (family.has(parent)) family.add(id)
  }
  return all.filter(({ id }) => family.has(id)).reduce((sum, { cpuMs }) => sum + cpuMs, 0)
}

/** Nothing for a process that has ended meanwhile. */
function readTimes(id: number): readonly ProcessTimes[] {
  let text: string
  try {
    text = readFileSync(`${PROCESSES}/${id}/stat`, 'utf8')
  } catch {
    return []
  }
  // The second field, a name in parentheses, may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [parent, user, system] = [fields[1], fields[11], fields[12]].map(Number)
  if (parent === undefined || user === undefined || system === undefined) return []
  return [{ id, parent, cpuMs: (user + system) * MS_PER_TICK }]
}

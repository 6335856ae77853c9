import { fork } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { TestServer } from '../../test/support/start-server.ts'
import { distribution, progress, quantile, shareOf, single } from '../report.ts'
import { withBareServer } from './bench-server.ts'
import { READY, type ClientAnswer, type ClientOrder } from './client-orders.ts'
import { describeLoad, type NetworkPart } from './part.ts'

/** How many clients reserve on the relay. */
export interface RelaySizes {
  readonly clients: number
  readonly joinsPerSecond: number
  /** They join and leave before memory is read first: what a server takes once, whoever comes, is no cost of a client. */
  readonly warmUpClients: number
  /** After the last join or leave, before memory is read: what it took is collected meanwhile. */
  readonly settleMs: number
}

export const fullRelaySizes: RelaySizes = {
  clients: 1_000,
  joinsPerSecond: 20,
  warmUpClients: 50,
  settleMs: 10_000,
}

/** For a quick look at whether everything runs. */
export const smallRelaySizes: RelaySizes = {
  clients: 50,
  joinsPerSecond: 50,
  warmUpClients: 25,
  settleMs: 500,
}

/** So many nodes in one process still answer in time. */
const CLIENTS_PER_PROCESS = 250
const ANSWER_TIMEOUT_MS = 60_000
const RETURN_TIMEOUT_MS = 90_000
const POLL_MS = 250
/** The share of reservations that counts as all of them: some machine is always slow. */
const RETURNED_SHARE = 0.95

/** Processes of clients that join one relay. */
interface Crowd {
  /** Lets another one join; resolves to the milliseconds it took, or rejects with the reason. */
  join(): Promise<number>
  /** Clients that can be dialled through the relay now. */
  countReserved(): Promise<number>
  /** Ends all clients. */
  leave(): Promise<void>
  stop(): void
}

/**
 * A whole server (relay, tracker, authority) in a process of its own and clients in others, which join at a steady pace:
 * how long a join takes, what resident memory of the server each costs, and how soon all are back when it was restarted.
 */
export async function measureRelay(sizes: RelaySizes): Promise<NetworkPart> {
  return withBareServer(async (server) => {
    const crowd = await startCrowd(server.url, Math.ceil(sizes.clients / CLIENTS_PER_PROCESS))
    try {
      await joinAll(crowd, { ...sizes, clients: sizes.warmUpClients })
      await crowd.leave()
      await pause(sizes.settleMs)
      const before = await readResidentMB(server)
      const { joinMs, failures } = await joinAll(crowd, sizes)
      await pause(sizes.settleMs)
      const reserved = await crowd.countReserved()
      const after = await readResidentMB(server)
      progress(
        `${reserved} reservations, server ${before.toFixed(0)} → ${after.toFixed(0)} MB; ${describeLoad()}`,
      )
      const back = await restart(server, crowd, sizes.clients)
      return {
        figures: {
          relayReservations: single(reserved, 'reservations'),
          relayMBPerClient: single((after - before) / sizes.clients, 'MB', sizes.clients),
          relayJoinMs: distribution(joinMs, 'ms'),
          relayJoinP99Ms: quantile(joinMs, 0.99, 'ms'),
          relayReturnMs: single(back.returnMs, 'ms'),
          relayReturnedShare: shareOf(back.share, sizes.clients),
        },
        failures,
      }
    } finally {
      crowd.stop()
    }
  })
}

async function joinAll(
  crowd: Crowd,
  { clients, joinsPerSecond }: RelaySizes,
): Promise<{ readonly joinMs: readonly number[]; readonly failures: readonly string[] }> {
  const joinMs: number[] = []
  const failures: string[] = []
  const startMs = performance.now()
  const joins: Promise<void>[] = []
  for (let client = 0; client < clients; client++) {
    await pause(Math.max(0, startMs + (client * 1_000) / joinsPerSecond - performance.now()))
    joins.push(
      crowd.join().then(
        (ms) => void joinMs.push(ms),
        (error: unknown) => void failures.push(`client ${client}: ${String(error)}`),
      ),
    )
    if (client % 100 === 99)
      progress(`${client + 1}/${clients} join, ${joinMs.length} are in; ${describeLoad()}`)
  }
  await Promise.all(joins)
  return { joinMs, failures }
}

/**
 * Stops the server, starts it again, and waits until nearly all reservations are there: the milliseconds since it was
 * stopped, and the share of them at the end.
 */
async function restart(
  server: TestServer,
  crowd: Crowd,
  clients: number,
): Promise<{ readonly returnMs: number; readonly share: number }> {
  const startMs = performance.now()
  await server.pause()
  await server.resume()
  const wanted = Math.ceil(clients * RETURNED_SHARE)
  let reserved = await crowd.countReserved()
  while (reserved < wanted && performance.now() - startMs < RETURN_TIMEOUT_MS) {
    await pause(POLL_MS)
    reserved = await crowd.countReserved()
  }
  const returnMs = performance.now() - startMs
  progress(`${reserved}/${clients} back after ${Math.round(returnMs)} ms; ${describeLoad()}`)
  return { returnMs, share: reserved / clients }
}

async function startCrowd(url: string, count: number): Promise<Crowd> {
  const processes = await Promise.all(Array.from({ length: count }, () => startClients(url)))
  let joined = 0
  return {
    async join() {
      const next = processes[joined++ % count]
      if (next === undefined) throw new Error('There is no process')
      return next.ask('join')
    },
    async countReserved() {
      const counts = await Promise.all(processes.map((clients) => clients.ask('count')))
      return counts.reduce((sum, reserved) => sum + reserved, 0)
    },
    async leave() {
      await Promise.all(processes.map((clients) => clients.ask('leave')))
    },
    stop: () => processes.forEach((clients) => clients.stop()),
  }
}

/** Starts a process of clients; resolves once it takes orders. */
async function startClients(
  url: string,
): Promise<{ ask(type: ClientOrder['type']): Promise<number>; stop(): void }> {
  const child = fork(join(import.meta.dirname, 'relay-clients.ts'), [url])
  const waiting = new Map<number, (answer: ClientAnswer) => void>()
  let orders = READY
  child.on('message', (answer: ClientAnswer) => {
    waiting.get(answer.id)?.(answer)
    waiting.delete(answer.id)
  })
  child.on('exit', () => {
    for (const [id, settle] of waiting) settle({ id, failure: 'The process of clients has ended' })
  })
  const answerOf = (id: number): Promise<number> =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('It took too long')), ANSWER_TIMEOUT_MS)
      waiting.set(id, (answer) => {
        clearTimeout(late)
        if ('value' in answer) resolve(answer.value)
        else reject(new Error(answer.failure))
      })
    })
  await answerOf(READY)
  return {
    ask(type) {
      const order: ClientOrder = { id: ++orders, type }
      child.send(order)
      return answerOf(order.id)
    },
    stop: () => child.disconnect(),
  }
}

/** Resident memory of the server's process, as its operator reads it. */
async function readResidentMB({ url }: TestServer): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^process_resident_memory_bytes (\d+)/m.exec(text)?.[1]) / 1e6
}

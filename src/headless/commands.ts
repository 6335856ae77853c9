import { formatTokens } from '../domain/kernel/micro-tokens.ts'
import { shortPeerId } from '../domain/identity/account.ts'
import type { Answer, AskTrouble } from '../peer/peer.ts'
import type { RunningPeer } from '../peer/create-peer.ts'
import { openNodePeer } from './open-node-peer.ts'
import type { Command, Options } from './options.ts'
import { readFiles } from './read-files.ts'
import { serveSeederRequests } from './seeder-ipc.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'

/** How long a command waits for the account to be open and for the first peers to be linked. */
const READY_TIMEOUT_MS = 15_000

/** Opens the peer, runs the command and closes the peer again. */
export async function runCommand(options: Options): Promise<void> {
  const peer = await openNodePeer(options)
  try {
    await run(peer, options.command)
  } finally {
    await peer.close()
  }
}

async function run(peer: RunningPeer, command: Command): Promise<void> {
  switch (command.name) {
    case 'add':
      await add(peer, command.paths, command.share)
      return
    case 'ask':
      await ask(peer, command)
      return
    case 'seed':
      await seed(peer, command.paths)
      return
    case 'wallet':
      await showWallet(peer, command.json)
      return
    case 'peers':
      await showPeers(peer, command.json)
  }
}

/** Adds files one by one and says what became of each; fails when none could be added. */
async function add(peer: RunningPeer, paths: readonly string[], share: boolean): Promise<void> {
  const progress = await peer.library.add(await readFiles(paths))
  for (const file of progress) {
    const outcome = file.state === 'ready' ? `${file.contexts ?? 0} contexts` : `failed: ${file.reason ?? ''}`
    console.error(`${file.path}: ${outcome}`)
  }
  const added = progress.flatMap((file) => file.documentHash ?? [])
  if (added.length === 0) throw new LoremeshError('bad-document', 'No file could be added')
  if (share) {
    for (const documentHash of new Set(added)) await peer.library.setVisibility(documentHash, 'shared')
    await peer.announce()
  }
  console.error(`${added.length} of ${progress.length} files added${share ? ' and shared' : ''}`)
}

async function ask(peer: RunningPeer, command: Extract<Command, { name: 'ask' }>): Promise<void> {
  await withTimeout(peer.whenPrepared(), 'The account could not be opened: no authority answers')
  const answer = await peer.ask(command.question, {
    scope: 'both',
    maxTokenCost: command.maxTokenCost,
    onProgress: ({ message }) => {
      if (!command.json) console.error(message)
    },
  })
  failWithoutResults(answer)
  console.log(command.json ? JSON.stringify(answerToJson(answer)) : answerToText(answer))
}

/** A question that brought nothing because something failed is a failure, named by the first trouble. */
function failWithoutResults({ results, troubles }: Answer): void {
  const [first] = troubles
  if (results.length > 0 || first === undefined) return
  throw new LoremeshError(first.code, first.message, first.hint)
}

function answerToJson(answer: Answer): object {
  const { fullInputTokens, contextInputTokens, inputSaving, totalSaving } = answer.cost
  return {
    results: answer.results.map(({ contextHash, title, text, score, provider, paid, transport }) => ({
      contextHash,
      title,
      text,
      score,
      provider,
      paidMicroTokens: paid.toString(),
      transport,
    })),
    timings: answer.timings,
    cost: { fullInputTokens, contextInputTokens, inputSaving, totalSaving },
    ...(answer.troubles.length === 0 ? {} : { troubles: answer.troubles }),
  }
}

function answerToText(answer: Answer): string {
  const passages = answer.results.map((result, at) => {
    const provider = result.provider === 'self' ? 'you' : shortPeerId(result.provider)
    return `[${at + 1}] ${result.title} (from ${provider}, ${formatTokens(result.paid)} tokens)\n${result.text}`
  })
  const { cost, timings } = answer
  const saving = `${Math.round(cost.inputSaving * 100)} % fewer input tokens than the whole documents`
  const summary = `${answer.results.length} contexts · ${formatTokens(cost.paid)} tokens · ${Math.round(timings.totalMs)} ms · ${saving}`
  return [...passages, ...answer.troubles.map(troubleToText), summary].join('\n\n')
}

function troubleToText({ provider, message, hint }: AskTrouble): string {
  const who = provider === null ? '' : `Peer ${shortPeerId(provider)}: `
  return `! ${who}${message}${hint === '' ? '' : `. ${hint}`}`
}

/** Shares what is named and everything shared before, and serves until the process is told to stop. */
async function seed(peer: RunningPeer, paths: readonly string[]): Promise<void> {
  const stopped = untilStopped()
  if (paths.length > 0) await add(peer, paths, true)
  await withTimeout(peer.whenPrepared(), 'The account could not be opened: no authority answers')
  await peer.announce()
  serveSeederRequests(peer)
  console.error(`Serving as ${peer.peerId}`)
  await stopped
}

function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.once(event, () => resolve())
  })
}

async function showWallet(peer: RunningPeer, json: boolean): Promise<void> {
  await withTimeout(peer.whenPrepared(), 'The account could not be opened: no authority answers')
  await peer.settle()
  const wallet = current(peer.wallet)
  if (json) {
    console.log(
      JSON.stringify(wallet, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)),
    )
    return
  }
  console.log(`Balance ${formatTokens(wallet.balance + wallet.credit)} tokens`)
  console.log(
    `  of which spend-only ${formatTokens(wallet.credit)}, on the way out ${formatTokens(wallet.pendingOut)}`,
  )
  for (const entry of wallet.entries) {
    const when = new Date(entry.timestampMs).toISOString()
    const sign = entry.change > 0n ? '+' : ''
    console.log(
      `${when}  ${(sign + formatTokens(entry.change)).padStart(14)}  ${entry.state}  ${entry.reason}`,
    )
  }
}

async function showPeers(peer: RunningPeer, json: boolean): Promise<void> {
  const peers = await peer.listPeers()
  const links = new Map(current(peer.network).links.map((link) => [link.peerId, link]))
  const rows = peers.map(({ peerId, reputation, uptimePercent, latencyMs }) => ({
    peerId,
    link: links.get(peerId)?.kind ?? null,
    reputation,
    uptimePercent,
    latencyMs: Number.isNaN(latencyMs) ? null : latencyMs,
  }))
  if (json) {
    console.log(JSON.stringify({ peers: rows }))
    return
  }
  if (rows.length === 0) console.log('No other peer shares anything at the moment')
  for (const row of rows) {
    console.log(
      `${row.peerId}  ${row.link ?? 'not linked'}  reputation ${row.reputation}  uptime ${row.uptimePercent} %`,
    )
  }
}

/** Present value of something that can be subscribed to. */
function current<T>(readable: { subscribe(run: (value: T) => void): () => void }): T {
  const values: T[] = []
  readable.subscribe((value) => values.push(value))()
  const [value] = values
  if (value === undefined) throw new LoremeshError('internal', 'The value is not known yet')
  return value
}

async function withTimeout<T>(promise: Promise<T>, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new LoremeshError('authority-unreachable', message, 'Check --server and try again')),
      READY_TIMEOUT_MS,
    )
  })
  try {
    return await Promise.race([promise, timeout])
  } finally {
    clearTimeout(timer)
  }
}

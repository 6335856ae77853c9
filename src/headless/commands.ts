import { readFile } from 'node:fs/promises'
import type { ContextHash } from '../domain/content/context-hash.ts'
import type { IngestFile } from '../domain/content/ingest-file.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import type { RunningPeer } from '../peer/create-peer.ts'
import { ask } from './ask.ts'
import { awaitAccount } from './await-account.ts'
import { awaitLink } from './await-link.ts'
import { countOf } from './count-of.ts'
import { current } from './current.ts'
import { printInvitation } from './invite.ts'
import { openNodePeer } from './open-node-peer.ts'
import type { Options } from './options.ts'
import { readFiles } from './read-files.ts'
import { serveSeederRequests } from './seeder-ipc.ts'
import { tell } from './tell.ts'
import { toTerminalText } from './terminal-text.ts'
import { reportToText, toJsonLine, walletToText } from './wallet-text.ts'

/** Files of a folder that are in the queue at once. */
const FILES_AT_A_TIME = 256

/** Opens the peer, runs the command and closes the peer again. Gives the exit status. */
export async function runCommand(options: Options): Promise<number> {
  const { peer, notice } = await openNodePeer(options)
  try {
    tell(notice)
    if (options.keepLedger) await peer.keepLedger(true)
    return await run(peer, options)
  } finally {
    await peer.close()
  }
}

async function run(peer: RunningPeer, { command, server }: Options): Promise<number> {
  switch (command.name) {
    case 'add':
      await add(peer, command.paths, command.share)
      return 0
    case 'ask':
      return ask(peer, command)
    case 'seed':
      await seed(peer, command.paths)
      return 0
    case 'wallet':
      await showWallet(peer, command.json)
      return 0
    case 'verify-receipt':
      return verifyReceipt(peer, command.path, command.json)
    case 'peers':
      await showPeers(peer, command.json)
      return 0
    case 'invite':
      await invite(peer, server, command.json)
      return 0
  }
}

/** Adds files and says what became of each; fails when none could be added. What a crash cuts off goes on at the next start. */
async function add(peer: RunningPeer, paths: readonly string[], share: boolean): Promise<void> {
  const added: ContextHash[] = []
  let count = 0
  for await (const batch of batchesOf(readFiles(paths), FILES_AT_A_TIME)) {
    const files = await peer.library.add(batch)
    files.forEach(tellOutcome)
    count += files.length
    added.push(...files.flatMap((file) => file.documentHash ?? []))
    await peer.library.removeFiles(files.map(({ id }) => id))
  }
  if (added.length === 0) throw new LoremeshError('bad-document', 'No file could be added')
  if (share) {
    for (const documentHash of new Set(added)) await peer.library.setVisibility(documentHash, 'shared')
    await peer.announce()
  }
  console.error(`${added.length} of ${countOf(count, 'file')} added${share ? ' and shared' : ''}`)
}

function tellOutcome({ path, state, contexts = 0, replaced, reason = '' }: IngestFile): void {
  const place = replaced === undefined ? '' : ', in the place of an earlier version'
  const shown = toTerminalText(path).replace(/\s+/g, ' ')
  console.error(`${shown}: ${state === 'ready' ? countOf(contexts, 'context') + place : `failed: ${reason}`}`)
}

async function* batchesOf<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let batch: T[] = []
  for await (const item of items) {
    batch.push(item)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** Shares what is named and everything shared before, and serves until the process is told to stop. */
async function seed(peer: RunningPeer, paths: readonly string[]): Promise<void> {
  const stopped = untilStopped()
  if (paths.length > 0) await add(peer, paths, true)
  await offer(peer, stopped)
  serveSeederRequests(peer)
  console.error(`Serving as ${peer.peerId}`)
  await stopped
}

/** Announces what is shared as soon as it can be sold: who can't claim yet does not sell yet. */
async function offer(peer: RunningPeer, stopped: Promise<void>): Promise<void> {
  const account = await awaitAccount(peer)
  tell(account.notice)
  if (account.state === 'new') await Promise.race([peer.whenPrepared(), stopped])
  await peer.announce()
}

/** Prints an invitation, and stays for those who follow it until the process is told to stop. */
async function invite(peer: RunningPeer, server: URL, json: boolean): Promise<void> {
  const stopped = untilStopped()
  await Promise.race([offer(peer, stopped), awaitLink(peer)])
  await printInvitation(peer, server, json)
  await stopped
}

function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.once(event, () => resolve())
  })
}

async function showWallet(peer: RunningPeer, json: boolean): Promise<void> {
  const account = await awaitAccount(peer)
  if (account.state === 'ready') await peer.settle()
  const known = current(peer.wallet)
  const wallet = account.state === 'new' ? { ...known, notice: account.notice } : known
  console.log(json ? toJsonLine(wallet) : walletToText(wallet))
}

/** Checks a receipt; whether it is valid is also the exit status. */
async function verifyReceipt(peer: RunningPeer, path: string, json: boolean): Promise<number> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new LoremeshError('not-found', `"${path}" can not be read`, 'Check the path', { cause })
  })
  const report = await peer.verifyReceipt(text)
  console.log(json ? toJsonLine(report) : reportToText(report))
  return report.verdict === 'valid' ? 0 : 1
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

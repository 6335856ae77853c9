import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import type { Profile } from './profile.ts'
import { readLedgerStats, readSwarmStats } from './server-stats.ts'
import type { TestServer } from './start-server.ts'
import { exportWallet, type ExportedEntry } from './tab-wallet.ts'
import { startBrowser, type Tab } from './tabs.ts'

/** Time in which a payment stays claimable: short, so that reserves are made often. */
export const RACE_SETTINGS = { LOREMESH_SEEDER: 'false', LOREMESH_PAYMENT_WINDOW_SECONDS: '10' }

const ANNOUNCED_TIMEOUT_MS = 30_000
const CLICK_TIMEOUT_MS = 2_000

const animals = [
  'heron',
  'otter',
  'lynx',
  'marten',
  'osprey',
  'badger',
  'stoat',
  'plover',
  'dunlin',
  'siskin',
]

/** A person in another browser who shares a document for each of so many questions. */
export async function startProvider(
  server: TestServer,
  questions: number,
): Promise<{ close(): Promise<void> }> {
  const browser = await startBrowser()
  const tab = await browser.openTab(server.url)
  for (let number = 0; number < questions; number += 20) {
    const count = Math.min(20, questions - number)
    const texts = Array.from({ length: count }, (_, at) => documentFor(number + at))
    await tab.addText(`wildlife-${number}.md`, `Wildlife ${number}`, texts.join('\n\n'))
  }
  await tab.shareAll()
  const deadline = Date.now() + ANNOUNCED_TIMEOUT_MS
  while ((await readSwarmStats(server)).contextsTotal < questions) {
    assert(Date.now() < deadline, 'The tracker does not know what is shared')
    await setTimeout(100)
  }
  return browser
}

/** What is asked the n-th time; nobody has bought its answer before. */
function questionOf(number: number): string {
  return `Where does the ${nameOf(number)} nest?`
}

function documentFor(number: number): string {
  const name = nameOf(number)
  return `# The ${name}\n\nThe ${name} nests in hollow number ${number} of the old willow by the ${name} stream. ${'It returns to the same place every spring. '.repeat(6)}`
}

function nameOf(number: number): string {
  return `${animals[number % animals.length] ?? ''} of valley ${number}`
}

/**
 * Two tabs of one profile that both want to pay: while one asks, the other takes the lead and asks as well, `runs` times.
 * Throws when the account has signed two entries at one place.
 */
export async function raceToPay(server: TestServer, profile: Profile, runs: number): Promise<void> {
  let leader = await profile.openTab(server.url)
  await leader.untilReady()
  let other = await profile.openTab(server.url)
  const takeOver = (tab: Tab) => tab.page.getByRole('button', { name: 'Use here' })
  await takeOver(other).waitFor()
  for (let run = 0; run < runs; run++) {
    await prepareQuestion(leader, 2 * run)
    // Either may come first; a leader that has just lost the lead has nothing to click any more.
    await Promise.all([askNow(leader).catch(() => undefined), takeOver(other).click()])
    await other.untilReady()
    await other.ask(questionOf(2 * run + 1))
    ;[leader, other] = [other, leader]
    await takeOver(other).waitFor()
  }
  await expectOneChain(server, await exportWallet(leader))
}

/**
 * Kills the browser at different moments of a payment, `runs` times; every time it starts again it has to know every entry
 * that it knew before. Throws when one is missing, or when the account has signed two entries at one place.
 */
export async function killWhilePaying(server: TestServer, profile: Profile, runs: number): Promise<void> {
  let known: readonly ExportedEntry[] = []
  for (let run = 0; run < runs; run++) {
    const tab = await profile.openTab(server.url)
    await tab.untilReady()
    await tab.ask(questionOf(2 * run))
    const entries = await exportWallet(tab)
    const ids = new Set(entries.map(({ id }) => id))
    const lost = known.filter(({ id }) => !ids.has(id))
    assert.deepEqual(lost, [], 'Entries are missing after a crash')
    known = entries.filter(({ state }) => state !== 'pending')
    await prepareQuestion(tab, 2 * run + 1)
    await askNow(tab)
    // From before the reserve is written until after the delivery, a little later each time.
    await setTimeout((run * 37) % 400)
    await profile.crash()
  }
  const tab = await profile.openTab(server.url)
  await tab.untilReady()
  await tab.ask(questionOf(2 * runs))
  await expectOneChain(server, await exportWallet(tab))
}

async function prepareQuestion(tab: Tab, number: number): Promise<void> {
  await tab.goTo('Ask')
  await tab.page.getByRole('textbox', { name: 'Ask a question' }).fill(questionOf(number))
}

/** Asks the prepared question without waiting for the answer, which may never come. */
async function askNow(tab: Tab): Promise<void> {
  await tab.page.getByRole('button', { name: 'Ask', exact: true }).click({ timeout: CLICK_TIMEOUT_MS })
  const allow = tab.page.getByRole('button', { name: 'Allow', exact: true })
  if (await allow.isVisible()) await allow.click({ timeout: CLICK_TIMEOUT_MS })
}

/** Nobody has proven a fraud, tokens add up, and the chain has exactly one entry at each place. */
async function expectOneChain(server: TestServer, entries: readonly ExportedEntry[]): Promise<void> {
  const own = entries.flatMap(({ seq }) => (seq === null ? [] : [seq]))
  assert(own.length > 2, 'Nothing was paid')
  assert.deepEqual(
    own,
    own.map((_, at) => own.length - 1 - at),
  )
  const { frauds, conserved } = await readLedgerStats(server)
  assert.deepEqual({ frauds, conserved }, { frauds: 0, conserved: true })
}

import { progress } from '../../bench/report.ts'
import { startProfile, type Profile } from '../support/profile.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { killWhilePaying, RACE_SETTINGS, raceToPay, startProvider } from '../support/wallet-races.ts'
import type { PartReport } from './ledger.ts'

/** Races and kills with one profile: as many as a provider of so many documents and a person's starter tokens are good for. */
const RUNS_A_PROFILE = 10

/** Two tabs of a profile that race to pay, and browsers that are killed while they pay, each so often. */
export async function soakTabs(runs: number): Promise<PartReport> {
  const trials = { races: raceToPay, kills: killWhilePaying }
  const failures: string[] = []
  const done = { races: 0, kills: 0 }
  for (const name of ['races', 'kills'] as const) {
    while (done[name] < runs) {
      const part = Math.min(RUNS_A_PROFILE, runs - done[name])
      const failure = await failureOf((server, profile) => trials[name](server, profile, part), part)
      if (failure !== undefined) failures.push(`${name} after ${done[name]}: ${failure}`)
      done[name] += part
      progress(`${name}: ${done[name]}/${runs}, ${failures.length} failures`)
    }
  }
  return {
    figures: {
      tabRaces: { value: done.races, unit: 'races', runs: 1 },
      browserKills: { value: done.kills, unit: 'kills', runs: 1 },
    },
    failures,
  }
}

/** What went wrong in a trial with a server, a provider and a profile of its own. */
async function failureOf(
  trial: (server: TestServer, profile: Profile) => Promise<void>,
  runs: number,
): Promise<string | undefined> {
  const server = await startServer(RACE_SETTINGS)
  try {
    const provider = await startProvider(server, 2 * runs + 1)
    const profile = await startProfile()
    try {
      await trial(server, profile)
      return undefined
    } finally {
      await profile.close()
      await provider.close()
    }
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  } finally {
    await server.stop()
  }
}

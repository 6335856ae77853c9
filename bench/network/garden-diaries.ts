import { createDice } from '../../test/support/virtual-time.ts'

/** A short text about a plant that nobody else writes about. */
export interface Diary {
  readonly path: string
  readonly title: string
  readonly text: string
  /** What it answers, and no other one. */
  readonly question: string
}

const SYLLABLES = ['ba', 'do', 'fi', 'gu', 'ka', 'lo', 'mi', 'nu', 'pa', 'ro', 'si', 'tu', 've', 'wo', 'za']
const SYLLABLES_A_NAME = 4
/** More than any tab has. */
const MOST_DIARIES = 1_000

/** The diaries of a tab, the same in every run. */
export function documentsOf(tab: number, count: number): readonly Diary[] {
  return Array.from({ length: count }, (_, number) => diary(tab * MOST_DIARIES + number))
}

function diary(number: number): Diary {
  const dice = createDice(number + 1)
  const name = (): string => Array.from({ length: SYLLABLES_A_NAME }, () => dice.pick(SYLLABLES)).join('')
  const [plant, place] = [name(), name()]
  const title = `Growing ${plant} in ${place}`
  const text =
    `The seeds of ${plant} are sown in ${place} when the nights stay warm, two fingers deep and an arm apart. ` +
    `Whoever grows ${plant} waters its roots in the morning, never its leaves, and cuts it back after the first fruit. ` +
    `In ${place} the harvest lasts three weeks; what is dried in the shade keeps for a year.`
  return {
    path: `${plant}-${number}.md`,
    title,
    text: `# ${title}\n\n${text}\n`,
    question: `How is ${plant} grown in ${place}?`,
  }
}

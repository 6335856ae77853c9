/** Why a passage is placed last: the user judged it so, or the library has a newer version of its document. */
export type Doubt = 'wrong' | 'outdated' | 'superseded'

/** What a doubt says of a passage. */
export function doubtText(doubt: Doubt): string {
  switch (doubt) {
    case 'wrong':
      return 'judged wrong by you'
    case 'outdated':
      return 'judged outdated by you'
    case 'superseded':
      return 'your library has a newer version'
  }
}

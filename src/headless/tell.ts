/** Says on stderr what does not work as it should; nothing when that is nothing. */
export function tell(notice: string): void {
  if (notice !== '') console.error(`! ${notice}`)
}

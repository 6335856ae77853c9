/** A number of things, such as "1 context" or "3 contexts". */
export function countOf(count: number, thing: string): string {
  return `${count} ${count === 1 ? thing : `${thing}s`}`
}

const JOIN = '#/join/'

/** The invitation in the page's address, or undefined; the first screen is shown in its place. */
export function takeInvitation(
  location: Pick<Location, 'hash'>,
  history: Pick<History, 'replaceState'>,
): string | undefined {
  if (!isInvitation(location.hash)) return undefined
  const code = location.hash.slice(JOIN.length)
  history.replaceState(null, '', '#/ask')
  return code
}

/** Whether the part of an address after # invites into a network. */
export function isInvitation(locationHash: string): boolean {
  return locationHash.startsWith(JOIN)
}

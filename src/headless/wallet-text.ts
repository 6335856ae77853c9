import { shortPeerId } from '../domain/identity/account.ts'
import { formatTokens } from '../domain/kernel/micro-tokens.ts'
import { checkWords, verdictWords } from '../domain/ledger/receipt-words.ts'
import type { ReceiptReport } from '../domain/ledger/verify-receipt.ts'
import { entryWords, stateWord } from '../peer/entry-words.ts'
import type { WalletEntry, WalletState } from '../peer/peer.ts'
import { countOf } from './count-of.ts'

/** A value as one line of JSON; amounts are µT as decimal texts. */
export function toJsonLine(value: WalletState | ReceiptReport): string {
  return JSON.stringify(value, (_, field: unknown) => (typeof field === 'bigint' ? field.toString() : field))
}

/** A wallet for people: what there is, what is on its way, and every entry, newest first. */
export function walletToText(wallet: WalletState): string {
  const { balance, credit, reserved, pendingOut, pendingIn, notice } = wallet
  return [
    `Balance ${formatTokens(balance + credit)} tokens`,
    `  Free ${formatTokens(balance)}, Spend-only ${formatTokens(credit)}`,
    `On its way, not in the balance: Reserved ${formatTokens(reserved)}, Pending out ${formatTokens(pendingOut)}, Pending in ${formatTokens(pendingIn)}`,
    ...(notice === '' ? [] : [`! ${notice}`]),
    ...[...wallet.incoming, ...wallet.entries].map(entryToText),
  ].join('\n')
}

function entryToText(entry: WalletEntry): string {
  const { timestampMs, change, shares, state, purchases } = entry
  const { kind, reason } = entryWords(entry)
  const amount = change === 0n ? shares.pendingIn : change
  const sign = amount > 0n ? '+' : ''
  const columns = [
    new Date(timestampMs).toISOString(),
    (sign + formatTokens(amount)).padStart(14),
    stateWord(state).padEnd(12),
    kind.padEnd(15),
    reason,
    purchases.length === 0 ? '' : `[${countOf(purchases.length, 'receipt')}]`,
  ]
  return columns.join('  ').trimEnd()
}

/** What the checks of a receipt found, and what is signed in it, for people. */
export function reportToText({ verdict, checks, facts }: ReceiptReport): string {
  const { title, meaning } = verdictWords(verdict)
  const { kind, payer, payee, amount, contexts, timestampMs } = facts
  return [
    `${title}. ${meaning}`,
    ...checks.map((check) => {
      const { title: subject, outcome, detail } = checkWords(check)
      return `  ${outcome.padEnd(7)}  ${subject}: ${detail}`
    }),
    `Signed in it: peer ${shortPeerId(payer)} owes peer ${shortPeerId(payee)} ${formatTokens(amount)} tokens for ${countOf(contexts.length, 'context')}`,
    `  ${kind === 'pay' ? 'by a payment' : 'from a reserve'} of ${new Date(timestampMs).toISOString()}`,
    `  payer ${payer}`,
    `  payee ${payee}`,
  ].join('\n')
}

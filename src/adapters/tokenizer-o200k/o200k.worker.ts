import { answerCalls } from '../../workers/answer-calls.ts'
import { countO200k } from './count-o200k.ts'

const functions = { count: (texts: readonly string[]) => texts.map(countO200k) }

export type CountingFunctions = typeof functions

answerCalls(functions)

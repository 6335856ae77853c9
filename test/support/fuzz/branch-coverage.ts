import { readFileSync } from 'node:fs'
import type { Profiler } from 'node:inspector'
import { Session } from 'node:inspector/promises'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'

/** How many of a file's branches were taken. */
export interface FileBranches {
  readonly path: string
  readonly branches: number
  readonly taken: number
  /** Lines of those that were not, from 1. */
  readonly missed: readonly number[]
}

/** Counts how often each part of the code runs. What counts must be imported while it runs, not before. */
export async function withCoverage(
  paths: readonly string[],
  run: () => Promise<void>,
): Promise<readonly FileBranches[]> {
  const session = new Session()
  session.connect()
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
    await run()
    const { result } = await session.post('Profiler.takePreciseCoverage')
    return paths.map((path) => {
      const url = pathToFileURL(path).href
      return branchesOf(
        path,
        result.find((script) => script.url === url),
      )
    })
  } finally {
    session.disconnect()
  }
}

/** The branches of a file by its syntax, each taken when V8 has counted what stands in it. Types take up no room: Node blanks them. */
function branchesOf(path: string, coverage: Profiler.ScriptCoverage | undefined): FileBranches {
  const text = readFileSync(path, 'utf8')
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const countAt = counterOf(coverage)
  const missed: number[] = []
  let branches = 0

  function note(node: ts.Node, isTaken: boolean): void {
    branches += 1
    if (!isTaken) missed.push(source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1)
  }

  const runsOf = (node: ts.Node): number => countAt(node.getStart(source))

  function visit(node: ts.Node): void {
    if (ts.isIfStatement(node)) {
      note(node.thenStatement, runsOf(node.thenStatement) > 0)
      note(
        node,
        (node.elseStatement === undefined
          ? runsOf(node) - runsOf(node.thenStatement)
          : runsOf(node.elseStatement)) > 0,
      )
    } else if (ts.isConditionalExpression(node)) {
      note(node.whenTrue, runsOf(node.whenTrue) > 0)
      note(node.whenFalse, runsOf(node.whenFalse) > 0)
    } else if (ts.isCaseClause(node) || ts.isDefaultClause(node)) {
      const [first] = node.statements
      if (first !== undefined) note(node, runsOf(first) > 0)
    } else if (ts.isBinaryExpression(node) && isLogical(node.operatorToken.kind)) {
      note(node.right, runsOf(node.right) > 0)
    } else if (ts.isCatchClause(node)) {
      note(node, node.block.statements.length === 0 || runsOf(node.block) > 0)
    }
    ts.forEachChild(node, visit)
  }

  visit(source)
  return { path, branches, taken: branches - missed.length, missed }
}

function isLogical(kind: ts.SyntaxKind): boolean {
  return [
    ts.SyntaxKind.AmpersandAmpersandToken,
    ts.SyntaxKind.BarBarToken,
    ts.SyntaxKind.QuestionQuestionToken,
  ].includes(kind)
}

/** How often the code at an offset ran: what the smallest range around it says. */
function counterOf(coverage: Profiler.ScriptCoverage | undefined): (offset: number) => number {
  const ranges = (coverage?.functions ?? []).flatMap((one) => one.ranges)
  return (offset) => {
    let best: Profiler.CoverageRange | undefined
    for (const range of ranges) {
      const isAround = range.startOffset <= offset && offset < range.endOffset
      const isSmaller =
        best === undefined || range.endOffset - range.startOffset <= best.endOffset - best.startOffset
      if (isAround && isSmaller) best = range
    }
    return best?.count ?? 0
  }
}

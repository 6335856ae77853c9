import { expect, test } from 'vitest'
import { importTargets } from '../../../../src/adapters/documents-text/import-targets.ts'

test.each([
  [
    'typescript',
    `import type { A } from './a.ts'\nimport 'b'\nexport * from "./c.ts"\nawait import('./d.ts')`,
    ['./a.ts', 'b', './c.ts', './d.ts'],
  ],
  ['javascript', `const a = require('./a')`, ['./a']],
  ['python', 'import os\nfrom .sibling import x\nfrom ..up.mod import y', ['os', './sibling', '../up/mod']],
  ['go', 'import "fmt"\n\nimport (\n\tx "example.org/y"\n)', ['fmt', 'example.org/y']],
  ['go', 'var s = 1\n"not an import"', []],
  ['rust', 'use std::fmt;\npub use crate::a::B;', ['std::fmt', 'crate::a::B']],
  ['java', 'import static java.util.List;\nimport a.b.C;', ['java.util.List', 'a.b.C']],
  ['c', '#include "a.h"\n# include <stdio.h>', ['a.h', 'stdio.h']],
  ['css', '@import url("a.css");\n@use \'b\';', ['a.css', 'b']],
  ['shell', 'source ./a.sh\n. "b.sh"', ['./a.sh', 'b.sh']],
  ['json', '{"import": "x"}', []],
])('imports of %s: %j', (language, code, targets) => {
  expect(importTargets(code, language)).toEqual(targets)
})

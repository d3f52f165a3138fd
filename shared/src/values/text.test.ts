import { expect, test } from '@jest/globals';
import { isLine, isLines, isStorable } from './text.ts';

test.each`
  text              | what                           | storable | line     | lines
  ${''}             | ${'nothing'}                   | ${true}  | ${true}  | ${true}
  ${'Ça, 日本 🙂'}  | ${'any script'}                | ${true}  | ${true}  | ${true}
  ${'a\0b'}         | ${'NUL'}                       | ${false} | ${false} | ${false}
  ${'a\ud83d'}      | ${'half of a pair at the end'} | ${false} | ${false} | ${false}
  ${'\ude42a'}      | ${'the other half'}            | ${false} | ${false} | ${false}
  ${'a\tb'}         | ${'a tab'}                     | ${true}  | ${false} | ${true}
  ${'a\r\nb'}       | ${'a line end'}                | ${true}  | ${false} | ${true}
  ${'a\u0007b'}     | ${'a bell'}                    | ${true}  | ${false} | ${false}
  ${'a\u001b[31mb'} | ${'an escape'}                 | ${true}  | ${false} | ${false}
  ${'a\u007fb'}     | ${'DEL'}                       | ${true}  | ${false} | ${false}
  ${'a\u0085b'}     | ${'a control beyond ASCII'}    | ${true}  | ${false} | ${false}
`('$what', (row: unknown) => {
  const { text, storable, line, lines } = row as { text: string; storable: boolean; line: boolean; lines: boolean };
  expect([isStorable(text), isLine(text), isLines(text)]).toEqual([storable, line, lines]);
});

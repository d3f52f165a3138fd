import { expect, test } from '@jest/globals';
import { type Branches, reachesBranches } from './branches.ts';

const me = 'me';
const tracker = (...ids: string[]): Branches => ({ ids });
const person = (...ids: string[]): Branches => ({ ids, userId: 'other', person: true });

test.each<{ what: string; own: string[] | null; branches: Branches; read: boolean; write: boolean }>`
  what                                    | own           | branches                                   | read     | write
  ${'whoever is not limited reaches all'} | ${null}       | ${{ ids: null }}                           | ${true}  | ${true}
  ${'what is of one of their branches'}   | ${['a', 'b']} | ${tracker('b')}                            | ${true}  | ${true}
  ${'what is of another branch'}          | ${['a']}      | ${tracker('b')}                            | ${false} | ${false}
  ${'what is of no branch'}               | ${['a']}      | ${{ ids: null }}                           | ${false} | ${false}
  ${'a member of the same branches'}      | ${['a', 'b']} | ${person('a')}                             | ${true}  | ${true}
  ${'a member who is elsewhere too'}      | ${['a']}      | ${person('a', 'b')}                        | ${true}  | ${false}
  ${'a member who is not limited'}        | ${['a']}      | ${{ ...person(), ids: null }}              | ${false} | ${false}
  ${'oneself, wherever'}                  | ${['a']}      | ${{ ids: null, userId: me, person: true }} | ${true}  | ${true}
`('G12 $what: read $read, write $write', ({ own, branches, read, write }) => {
  const judged = (verb: 'READ' | 'WRITE'): boolean => reachesBranches({ userId: me, branches: own }, branches, verb);
  expect([judged('READ'), judged('WRITE')]).toEqual([read, write]);
});

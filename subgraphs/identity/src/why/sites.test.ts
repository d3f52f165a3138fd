import { expect, test } from '@jest/globals';
import { reachesSites, type Sites } from './sites.ts';

const me = 'me';
const tracker = (...ids: string[]): Sites => ({ ids });
const person = (...ids: string[]): Sites => ({ ids, userId: 'other', person: true });

test.each<{ what: string; branches: string[] | null; sites: Sites; read: boolean; write: boolean }>`
  what                                    | branches      | sites                                      | read     | write
  ${'whoever is not limited reaches all'} | ${null}       | ${{ ids: null }}                           | ${true}  | ${true}
  ${'what is of one of their sites'}      | ${['a', 'b']} | ${tracker('b')}                            | ${true}  | ${true}
  ${'what is of another site'}            | ${['a']}      | ${tracker('b')}                            | ${false} | ${false}
  ${'what is of no site'}                 | ${['a']}      | ${{ ids: null }}                           | ${false} | ${false}
  ${'a member of the same sites'}         | ${['a', 'b']} | ${person('a')}                             | ${true}  | ${true}
  ${'a member who is elsewhere too'}      | ${['a']}      | ${person('a', 'b')}                        | ${true}  | ${false}
  ${'a member who is not limited'}        | ${['a']}      | ${{ ...person(), ids: null }}              | ${false} | ${false}
  ${'oneself, wherever'}                  | ${['a']}      | ${{ ids: null, userId: me, person: true }} | ${true}  | ${true}
`('G12 $what: read $read, write $write', ({ branches, sites, read, write }) => {
  const judged = (verb: 'READ' | 'WRITE'): boolean => reachesSites({ userId: me, branches }, sites, verb);
  expect([judged('READ'), judged('WRITE')]).toEqual([read, write]);
});

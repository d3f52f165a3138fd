import { crowd } from '@comptoir/testing/crowd.ts';
import type { TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { type GraphQLField, type GraphQLObjectType, getNamedType } from 'graphql';
import { asksByInput, type Reading, readingsOf } from './operations.ts';

/** Aliases per request: within the gateway's limits of twenty root fields and a thousand selections. */
const PER_REQUEST = 16;

/** What need not wait for each other, six at a time: every one of it waits for the database most of its time. */
export async function atOnce<Of>(of: readonly Of[], work: (one: Of) => Promise<void>): Promise<void> {
  const tasks = of.map((one) => () => work(one));
  await crowd(tasks, 6);
}

/**
 * A query with the ids that stand in it as variables: the same text for every id, so that it is planned once. Of one
 * that is not a UUID, and of what is no id, nothing changes.
 */
export function lifted(text: string): { query: string; variables: Record<string, string> } {
  const variables: Record<string, string> = {};
  const body = text.replace(/"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"/g, (_, id: string) => {
    const name = `id${Object.keys(variables).length}`;
    variables[name] = id;
    return `$${name}`;
  });
  const declared = Object.keys(variables).map((name) => `$${name}: ID!`);
  return { query: declared.length === 0 ? body : `query (${declared.join(', ')}) ${body}`, variables };
}

/** True when something stands at the end of the way, in one of the list's items at least. */
export function isThere(value: unknown, path: readonly string[]): boolean {
  if (value === null || value === undefined) return false;
  if (Array.isArray(value)) return value.some((item) => isThere(item, path));
  const [head, ...rest] = path;
  return head === undefined ? true : isThere((value as Record<string, unknown>)[head], rest);
}

/** Anyone who asks about access is told something always; and what hangs on it is asked by the fields that give it. */
export const isClose =
  (field: GraphQLField<unknown, unknown>) =>
  (reading: Reading): boolean =>
    !asksByInput(field) || reading.path.length <= 3;

/**
 * What was answered: `text` is the whole answer of a request, which may be that of several readings and then stands
 * with the first of them.
 */
export type Asked = { reading: Reading; value: unknown; text: string };

/**
 * Reads everything below a root field; the field is repeated under aliases, so that what is refused hides nothing else.
 * Objects are read with all their leaves at once; where that is refused, leaf by leaf. Where the field itself gives
 * nothing there is nothing below it.
 */
export async function readAll(
  installation: TestInstallation,
  caller: { token: string | null },
  field: GraphQLField<unknown, unknown>,
  args: string,
  wanted: (reading: Reading) => boolean = () => true,
): Promise<Asked[]> {
  const probe: Reading = { covers: field.name, path: [], text: '__typename', args: [], leaf: false, write: () => '' };
  const readings = readingsOf(getNamedType(field.type) as GraphQLObjectType).filter(wanted);
  const whole = new Map<string, Asked>();
  const answers: Asked[] = [];
  const ask = async (some: Reading[]): Promise<void> => {
    const fields = some.map(({ text }, at) => `r${at}: ${field.name}${args} { ${text} }`);
    const { query, variables } = lifted(`{ ${fields.join('\n')} }`);
    const { data, errors } = await installation.ask(query, variables, caller.token);
    // A refusal below a root field that cannot be null takes the whole answer with it: then each half is asked alone.
    if (data == null && some.length > 1) {
      await ask(some.slice(0, some.length / 2));
      await ask(some.slice(some.length / 2));
      return;
    }
    const text = JSON.stringify({ data, errors });
    for (const [at, reading] of some.entries()) {
      const asked = { reading, value: data?.[`r${at}`], text: at === 0 ? text : '' };
      const refused = data == null || errors?.some(({ path }) => path === undefined || path[0] === `r${at}`);
      if (!refused && !reading.leaf) whole.set(reading.path.join('.'), asked);
      answers.push(asked);
    }
  };
  const askAll = async (some: Reading[]): Promise<void> => {
    for (let at = 0; at < some.length; at += PER_REQUEST) await ask(some.slice(at, at + PER_REQUEST));
  };
  await ask([probe]);
  if (answers[0]?.value == null) return answers;
  whole.clear();
  await askAll(readings.filter(({ leaf }) => !leaf));
  const rest: Reading[] = [];
  for (const reading of readings.filter(({ leaf }) => leaf)) {
    const object = whole.get(reading.path.slice(0, -1).join('.'));
    if (object === undefined) rest.push(reading);
    else answers.push({ reading, value: object.value, text: '' });
  }
  await askAll(rest);
  return answers;
}

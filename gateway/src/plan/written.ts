import { createBreath } from '@comptoir/shared/concurrency/breath.ts';
import { type Data, isData } from './data.ts';

/** Elements of a list that are written in one go. */
const AT_ONCE = 5;

/** Texts of data that were written while they were made, for as long as somebody holds the data. */
const texts = new WeakMap<object, string>();

/**
 * Writes the data of an answer as JSON, which `textOf` then finds. Others get a turn while large ones are written.
 * False as soon as there are more than `most` bytes of it.
 */
export async function write(data: Data, most: number): Promise<boolean> {
  const breathe = createBreath();
  const pieces: string[] = [];
  let left = most;
  for (const piece of piecesOf(data)) {
    left -= Buffer.byteLength(piece);
    if (left < 0) return false;
    pieces.push(piece);
    const turn = breathe();
    if (turn !== undefined) await turn;
  }
  texts.set(data, pieces.join(''));
  return true;
}

/** The JSON of a result of Apollo Server, with a newline as it writes it. */
export function textOf(result: { data?: unknown }): string {
  const text = typeof result.data === 'object' && result.data !== null ? texts.get(result.data) : undefined;
  if (text === undefined) return `${JSON.stringify(result)}\n`;
  const { data: _, ...rest } = result;
  const others = JSON.stringify(rest).slice(1, -1);
  return `{${others}${others === '' ? '' : ','}"data":${text}}\n`;
}

/** Objects by their fields, down to the first list; lists a few elements at a time. */
function* piecesOf(value: unknown): Generator<string> {
  if (Array.isArray(value)) {
    yield '[';
    for (let at = 0; at < value.length; at += AT_ONCE)
      yield (at === 0 ? '' : ',') + JSON.stringify(value.slice(at, at + AT_ONCE)).slice(1, -1);
    yield ']';
  } else if (isData(value) && typeof value['toJSON'] !== 'function') {
    let before = '{';
    for (const [key, inner] of Object.entries(value)) {
      if (inner === undefined) continue;
      yield `${before}${JSON.stringify(key)}:`;
      yield* piecesOf(inner);
      before = ',';
    }
    yield before === '{' ? '{}' : '}';
  } else yield JSON.stringify(value) ?? 'null';
}

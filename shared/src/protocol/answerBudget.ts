/**
 * Bytes that an answer may still have. One object counts for a whole request, wherever parts of its answer are made:
 * below zero, nothing more is made of it.
 */
export type AnswerBudget = { left: number };

/** The header in which a service says how much it takes. */
export const ANSWER_BYTES = 'x-answer-bytes';

export const UNBOUNDED: Readonly<AnswerBudget> = { left: Number.POSITIVE_INFINITY };

export const isSpent = ({ left }: Readonly<AnswerBudget>): boolean => left < 0;

/** What a key and a value without a length of its own take in JSON, about: quotes, colon, comma, a small number. */
const PUNCTUATION = 4;
const SMALL = 5;

/**
 * About the bytes of a field in JSON. Cheap rather than exact: it is asked for each value; what is sent is measured
 * once more.
 */
export const bytesOf = (key: string, value: unknown): number =>
  key.length + PUNCTUATION + (typeof value === 'string' ? value.length : lengthOf(value));

/** A scalar may be an object, of any size. */
const lengthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? (JSON.stringify(value, written)?.length ?? SMALL) : SMALL;

/** JSON knows no bigint: anyone who sends it says how it is written, and here it is only counted. */
const written = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

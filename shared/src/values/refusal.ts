/**
 * A business "no": a value that is returned, never thrown. It becomes one `userErrors` entry of the mutation's payload,
 * and a transaction that ends with one is rolled back (see `transaction.ts`), so a refusal never leaves anything
 * behind.
 */
export class Refusal<Code extends string = string> {
  readonly code: Code;
  /** A sentence a person can act on, in English; clients translate by `code`. */
  readonly message: string;
  /** Path of the input field that is at fault, as the caller wrote it; null when no single field is. */
  readonly field: string[] | null;
  /** Id of the business rule in the specification that says no; null for plain input errors. */
  readonly rule: string | null;

  constructor(code: Code, message: string, field: string[] | null = null, rule: string | null = null) {
    this.code = code;
    this.message = message;
    this.field = field;
    this.rule = rule;
  }
}

/** Reads one process's environment and complains about everything that is wrong at once, not about the first thing. */
export class EnvReader {
  readonly #source: Record<string, string | undefined>;
  readonly #problems: string[] = [];

  constructor(source: Record<string, string | undefined>) {
    this.#source = source;
  }

  /** A text; without `fallback` it is required. */
  text(name: string, fallback?: string): string {
    const value = this.#source[name] ?? fallback;
    if (value !== undefined && value !== '') return value;
    if (fallback === '') return '';
    this.#problems.push(`${name} is not set.`);
    return '';
  }

  optional(name: string): string | null {
    const value = this.#source[name];
    return value === undefined || value === '' ? null : value;
  }

  whole(name: string, fallback: number, { min, max }: { min: number; max: number }): number {
    const raw = this.#source[name];
    if (raw === undefined || raw === '') return fallback;
    const value = Number(raw);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    this.#problems.push(`${name} is ${JSON.stringify(raw)}; a whole number from ${min} to ${max} was expected.`);
    return fallback;
  }

  oneOf<const T extends string>(name: string, values: readonly T[], fallback: T): T {
    const raw = this.#source[name];
    if (raw === undefined || raw === '') return fallback;
    const found = values.find((value) => value === raw);
    if (found !== undefined) return found;
    this.#problems.push(`${name} is ${JSON.stringify(raw)}; one of ${values.join(', ')} was expected.`);
    return fallback;
  }

  json<T>(name: string): T | null {
    const raw = this.optional(name);
    if (raw === null) return null;
    try {
      return JSON.parse(raw) as T;
    } catch {
      this.#problems.push(`${name} is not JSON.`);
      return null;
    }
  }

  complain(problem: string): void {
    this.#problems.push(problem);
  }

  /** Throws one error that lists every problem found so far. Call it last. */
  check(): void {
    if (this.#problems.length > 0) throw new Error(`Configuration:\n  ${this.#problems.join('\n  ')}`);
  }
}

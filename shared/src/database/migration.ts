import type { MigrationInterface, QueryRunner } from 'typeorm';

export type MigrationClass = new () => MigrationInterface;

/**
 * A numbered, forward-only migration in plain SQL. TypeORM orders migrations by the thirteen digits at the end of their
 * name, so the number becomes those digits: `migration(2, 'Sessions', …)` is `Sessions0000000000002`.
 */
export function migration(number: number, title: string, sql: string): MigrationClass {
  const name = `${title}${String(number).padStart(13, '0')}`;
  const numbered = {
    [name]: class implements MigrationInterface {
      name = name;
      async up(runner: QueryRunner): Promise<void> {
        await runner.query(sql);
      }
      async down(): Promise<void> {
        throw new Error(`${name} is not undone: write a new migration.`);
      }
    },
  };
  return numbered[name] as MigrationClass;
}

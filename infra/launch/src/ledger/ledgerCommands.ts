import { readFileSync } from 'node:fs';
import { findProblems, readChecks } from '@comptoir/billing/books/ledger/ledgerCheck.ts';
import { LEDGER } from '@comptoir/billing/books/ledger/ledgerStream.ts';
import { rebuildProjections } from '@comptoir/billing/books/ledger/projections.ts';
import { readHeads, type Sql, verifySeals } from '@comptoir/shared/audit/seal.ts';
import type { SealProblem } from '@comptoir/shared/audit/sealChain.ts';
import type { JWK } from 'jose';
import type { EntityManager } from 'typeorm';
import { exportLedger } from './exportLedger.ts';
import { verifyExport } from './verifyExport.ts';

/** What the commands need of an installation; each says whether all was well. */
export type LedgerHouse = {
  /** The sealing key, or its public part. */
  key: JWK;
  /** The file outside the database with the heads. */
  headsFile: string;
  /**
   * A transaction of billing's second role, or of the owner of the tables, in which no statement is ended for taking
   * long.
   */
  inDatabase<T>(
    isolation: 'READ COMMITTED' | 'REPEATABLE READ',
    work: (tx: EntityManager) => Promise<T>,
    as?: 'system' | 'owner',
  ): Promise<T>;
  say(sentence: string): void;
};

const sqlOf =
  (tx: EntityManager): Sql =>
  (text, values) =>
    tx.query(text, values);

const named = ({ position, rowId, problem }: SealProblem): string =>
  `Place ${position}${rowId === null ? '' : `, row ${rowId}`}: ${problem}.`;

/** Verifies the seals, then that wallets, lots and charges say what the books say. */
export async function verifyLedger({ key, headsFile, inDatabase, say }: LedgerHouse): Promise<boolean> {
  const heads = readHeads(headsFile, LEDGER.name);
  const checks = readChecks();
  const { seals, problems } = await inDatabase('REPEATABLE READ', async (tx) => ({
    seals: await verifySeals(sqlOf(tx), LEDGER, { key, heads }),
    problems: await findProblems(tx, checks),
  }));
  say(
    `${seals.rows} sealed transactions, ${seals.checkpoints} checkpoints, ${heads.length} heads in ${headsFile}; ${seals.unsealed} transactions wait to be sealed.`,
  );
  if (heads.length === 0 && seals.checkpoints > 0)
    say('There are no heads outside the database: whether its end was cut off cannot be told.');
  if (seals.problem !== null) say(`The sealed ledger is NOT sound. ${named(seals.problem)}`);
  for (const { check, detail } of problems) say(`${check}: ${detail}`);
  const sound = seals.problem === null && problems.length === 0;
  say(
    sound
      ? `The ledger is sound: its seals hold, and ${checks.length} checks found nothing.`
      : 'The ledger is NOT sound.',
  );
  return sound;
}

/** Verifies an export, without a database. */
export async function verifyExportFile(
  { key, headsFile, say }: Pick<LedgerHouse, 'key' | 'headsFile' | 'say'>,
  file: string,
): Promise<boolean> {
  const { transactions, unsealed, checkpoints, heads, problem } = await verifyExport(file, {
    key,
    heads: readHeads(headsFile, LEDGER.name),
  });
  say(
    `${transactions} sealed transactions, ${checkpoints} checkpoints, ${heads} heads of the export and of ${headsFile}; ${unsealed} transactions were not sealed yet.`,
  );
  say(problem === null ? 'The export is sound.' : `The export is NOT sound. ${named(problem)}`);
  return problem === null;
}

export async function exportLedgerTo({ key, headsFile, inDatabase, say }: LedgerHouse, file: string): Promise<boolean> {
  const heads = readHeads(headsFile, LEDGER.name);
  const lines = await inDatabase('REPEATABLE READ', (tx) => exportLedger(sqlOf(tx), file, { heads, key }));
  say(
    `${lines} lines in ${file}. Verify it anywhere: npm run admin -- ledger verify --export ${file} --key <public key>`,
  );
  return true;
}

/** Compares the projections with the books, and makes them equal unless told only to look. */
export async function rebuildLedger({ inDatabase, say }: LedgerHouse, onlyCheck: boolean): Promise<boolean> {
  const reports = await inDatabase(
    onlyCheck ? 'REPEATABLE READ' : 'READ COMMITTED',
    (tx) => rebuildProjections(sqlOf(tx), { onlyCheck }),
    onlyCheck ? 'system' : 'owner',
  );
  for (const { name, differences, first } of reports)
    say(
      differences === 0
        ? `${name}: equal.`
        : `${name}: ${differences} differ${onlyCheck ? '' : ', put right'}. The first: ${first}`,
    );
  return !onlyCheck || reports.every(({ differences }) => differences === 0);
}

/** A key from a file: a JWK. */
export const readKey = (file: string): JWK => JSON.parse(readFileSync(file, 'utf8')) as JWK;

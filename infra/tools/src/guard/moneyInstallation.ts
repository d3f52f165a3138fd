import { LEDGER } from '@comptoir/billing/books/ledger/ledgerStream.ts';
import { readHeads, type SealReport, verifySeals } from '@comptoir/shared/audit/seal.ts';
import { openTestInstallation, PATIENCE_MS, type TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { type Graph, openGraph } from '../torture/graph.ts';
import { type Place, type PlaceOptions, seedPlace } from '../torture/place.ts';

export type MoneyInstallation = {
  /** The whole product in this process over HTTP on loopback, its jobs running, on a database of its own. */
  product: TestInstallation;
  place: Place;
  /** The graph over HTTP; another one after a restart. */
  graph(): Graph;
  /** Verifies what is sealed of the ledger by now. */
  verifySeals(): Promise<SealReport>;
  restart(): Promise<void>;
};

export async function openMoneyInstallation(options: PlaceOptions): Promise<MoneyInstallation> {
  const product = await openTestInstallation();
  const { admin, secrets, ledgerHeads } = product;
  const place = await seedPlace(product.subgraphs, product.systemUrls.identity, options);
  let graph = openGraph(product.url, PATIENCE_MS);
  return {
    product,
    place,
    graph: () => graph,
    async verifySeals() {
      await admin.query('begin isolation level repeatable read');
      const heads = readHeads(ledgerHeads, LEDGER.name);
      const report = await verifySeals(async (sql, values) => (await admin.query(sql, values)).rows ?? [], LEDGER, {
        key: secrets.keys.billing,
        heads,
      });
      await admin.query('commit');
      return report;
    },
    async restart() {
      await product.restart();
      graph = openGraph(product.url, PATIENCE_MS);
    },
  };
}

import { readFileSync, writeFileSync } from 'node:fs';
import { Supergraph } from '@apollo/federation-internals';
import { composeSupergraph } from '@comptoir/gateway/supergraph/supergraph.ts';
import { REPOSITORY } from '@comptoir/launch/machine/repository.ts';
import { readSdl } from '@comptoir/shared/service/localSubgraph.ts';
import { SUBGRAPHS } from '@comptoir/shared/values/subgraphs.ts';
import { printSchema } from 'graphql';
import { operationsFile, printOperations } from './operations.ts';

/**
 * Prints the API schema - what the gateway shows to its clients, composed from the four SDLs - into
 * `gateway/schema.graphql`, which is in git: a change of the API is seen in review. With `--check` it writes nothing
 * and fails when the file is not current. A composition error stops with its text.
 */
const file = new URL('gateway/schema.graphql', REPOSITORY);
const sdls = Object.fromEntries(
  SUBGRAPHS.map((name) => [name, readSdl(new URL(`subgraphs/${name}/src/`, REPOSITORY))]),
);
const api = Supergraph.build(composeSupergraph(sdls)).apiSchema().toGraphQLJSSchema();
const printed = `${printSchema(api)}\n`;

// Beside it, what identity must know of the others' permissions to explain access.
for (const [at, text] of [
  [file, printed],
  [operationsFile, printOperations()],
] as const) {
  if (!process.argv.includes('--check')) writeFileSync(at, text);
  else if (readFileSync(at, 'utf8') !== text) {
    process.stderr.write(
      `${at.pathname.split('/').slice(-2).join('/')} is not current: run \`npm run schema\` and commit it.\n`,
    );
    process.exitCode = 1;
  }
}

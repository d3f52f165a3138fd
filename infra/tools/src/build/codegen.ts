import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { REPOSITORY } from '@comptoir/launch/machine/repository.ts';
import { readSdl } from '@comptoir/shared/service/localSubgraph.ts';
import { SUBGRAPHS } from '@comptoir/shared/values/subgraphs.ts';
import { codegen } from '@graphql-codegen/core';
import * as typescript from '@graphql-codegen/typescript';
import * as resolvers from '@graphql-codegen/typescript-resolvers';
import { parse } from 'graphql';

/**
 * Writes `subgraphs/<name>/generated/graphql.ts`: the resolver types of each SDL, so that the compiler proves that
 * resolvers match it. What a GraphQL type is in memory stands in the subgraph's `mappers.json`. Types only: nothing of
 * it runs, and it stays out of git.
 */
for (const name of SUBGRAPHS) {
  const root = new URL(`subgraphs/${name}/`, REPOSITORY);
  const mappers = JSON.parse(readFileSync(new URL('src/mappers.json', root), 'utf8')) as Record<string, string>;
  const output = await codegen({
    filename: 'graphql.ts',
    schema: parse(readSdl(new URL('src/', root))),
    documents: [],
    config: {
      federation: true,
      useTypeImports: true,
      enumsAsTypes: true,
      skipTypename: true,
      contextType: '../src/context.ts#SubgraphContext',
      mappers,
      defaultMapper: 'Partial<{T}>',
      maybeValue: 'T | null',
      inputMaybeValue: 'T | null | undefined',
      avoidOptionals: { query: true, mutation: true },
      scalars: {
        ID: 'string',
        DateTime: 'Date',
        SafeInt: 'number',
        JSON: 'unknown',
        LocalDate: 'string',
        Decimal: 'string',
      },
    },
    plugins: [{ typescript: {} }, { resolvers: {} }],
    pluginMap: { typescript, resolvers },
  });
  const folder = new URL('generated/', root);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL('graphql.ts', folder), output);
}

import type { SubgraphContext } from '../context.ts';
import type { ApiKeyRow } from './apiKeyTables.ts';

/**
 * What the same intention is shown of a key that it made: no secret, which was shown with the first answer and is
 * stored nowhere.
 */
export const shownWithoutSecret = ({ loaders }: SubgraphContext) => ({
  kept: ({ apiKey }: { apiKey: ApiKeyRow }) => ({ apiKeyId: apiKey.id }),
  shown: async ({ apiKeyId }: { apiKeyId: string }) => ({ apiKey: await loaders.apiKey.load(apiKeyId), secret: null }),
});

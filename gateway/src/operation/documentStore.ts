import { createSizedCache } from '@comptoir/shared/values/sizedCache.ts';
import { type DocumentNode, visit } from 'graphql';

/** Heap for documents that are kept, and what one takes per character of its text: measured, its tokens dropped. */
const KEPT_BYTES = 10_000_000;
const BYTES_PER_CHARACTER = 60;

/** The cache in which Apollo Server keeps documents that are valid, by the hash of their text. */
export type DocumentStore = {
  get(key: string): Promise<DocumentNode | undefined>;
  set(key: string, document: DocumentNode): Promise<void>;
  delete(key: string): Promise<boolean>;
  /** Bytes of heap that the documents take, about. */
  held(): number;
};

/** Apollo Server's own counts the characters of a document as JSON, and keeps several times as much. */
export function createDocumentStore(most = KEPT_BYTES): DocumentStore {
  const kept = createSizedCache<DocumentNode>(most);
  return {
    get: async (key) => kept.get(key),
    async set(key, document) {
      dropTokens(document);
      kept.set(key, document, BYTES_PER_CHARACTER * (document.loc?.end ?? 0));
    },
    async delete(key) {
      kept.delete(key);
      return true;
    },
    held: kept.held,
  };
}

/** The parser leaves a list of all tokens behind, which the places of errors do not need. */
function dropTokens(document: DocumentNode): void {
  visit(document, {
    enter({ loc }) {
      if (loc === undefined) return;
      const location = loc as { startToken?: unknown; endToken?: unknown };
      delete location.startToken;
      delete location.endToken;
    },
  });
}

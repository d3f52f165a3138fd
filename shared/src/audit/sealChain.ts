import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { JWK } from 'jose';
import { changedPart, fingerprintOf, type ManifestChange } from './sealManifest.ts';

/** A signed statement: the first `position` rows have this hash. One line of the heads file. */
export type Head = {
  stream: string;
  number: number;
  position: number;
  xid: string;
  seq: string;
  hash: string;
  sealedAt: string;
  signature: string;
};

/**
 * A row as it is hashed. `manifest` says what rows of other tables belong to it (`sealManifest.ts`); null where the
 * stream has none.
 */
export type SealedRow = { id: string; xid: string; seq: string; values: (string | null)[]; manifest: Buffer | null };

/** One link of the chain with the row in its place: null when it is gone. `manifest` is the one that was sealed. */
export type Link = { position: number; rowId: string; hash: Buffer; manifest: Buffer | null; row: SealedRow | null };

/** What the verifier found first. `position` is the place in the chain, `rowId` the row, where one can be named. */
export type SealProblem = { position: number; rowId: string | null; problem: string };

/** What the hash of a chain begins with. */
export const NOTHING = Buffer.alloc(32);

/** One link: the hash of the chain so far and of this row in this place. */
export function linkHash(
  stream: string,
  previous: Buffer,
  position: number,
  { id, xid, seq, values, manifest }: SealedRow,
): Buffer {
  const belongings = manifest === null ? [] : [fingerprintOf(manifest).toString('hex')];
  return createHash('sha256')
    .update(previous)
    .update(JSON.stringify([stream, position, id, xid, seq, ...values, ...belongings]))
    .digest();
}

const signedText = ({ stream, number, position, xid, seq, hash, sealedAt }: Omit<Head, 'signature'>): Buffer =>
  Buffer.from(JSON.stringify([stream, number, position, xid, seq, hash, sealedAt]));

export function signHead(unsigned: Omit<Head, 'signature'>, key: JWK): Head {
  const signature = sign(null, signedText(unsigned), createPrivateKey({ key: key as never, format: 'jwk' }));
  return { ...unsigned, signature: signature.toString('base64url') };
}

/** The public part of a key, of a private one too. */
export function publicKey({ d: _private, ...shown }: JWK): KeyObject {
  return createPublicKey({ key: shown as never, format: 'jwk' });
}

export function isSigned(head: Head, key: KeyObject): boolean {
  try {
    return verify(null, signedText(head), key, Buffer.from(head.signature, 'base64url'));
  } catch {
    return false;
  }
}

/**
 * Walks a chain from its beginning and names the first place where it does not hold. `checkpoints` came with the chain,
 * `heads` from the file outside: they are believed rather than the checkpoints. Returns how many links hold. `claim` is
 * what is wrong with a signature or a checkpoint itself: it says less than a problem in the chain. `partNames` are the
 * tables of a manifest.
 */
export async function walkChain(
  stream: string,
  links: AsyncIterable<Link>,
  signed: { checkpoints: readonly Head[]; heads: readonly Head[]; key: JWK; partNames?: readonly string[] },
): Promise<{ rows: number; problem: SealProblem | null; claim: SealProblem | null }> {
  const { expected, claims } = readHeadClaims(stream, signed);
  const claim = claims.toSorted((a, b) => a.position - b.position)[0] ?? null;
  let hash: Buffer = NOTHING;
  let position = 0;
  for await (const link of links) {
    const bad = (problem: string, rowId: string | null = link.rowId) => ({
      rows: position,
      problem: { position: position + 1, rowId, problem },
      claim,
    });
    if (link.position !== position + 1) return bad(`the link ${position + 1} of the chain is missing`, null);
    if (link.row === null) return bad('the row was removed');
    const next = linkHash(stream, hash, link.position, link.row);
    if (!next.equals(link.hash)) {
      const part = belongingThatChanged(stream, hash, link, link.row);
      if (part === null) return bad('the row, its place or its link was changed');
      return bad(
        `the ${signed.partNames?.[part.part] ?? 'row'} ${part.id} that belongs to it was ${part.change}`,
        part.id,
      );
    }
    if (link.row.manifest !== null && link.manifest?.equals(link.row.manifest) !== true)
      return bad('what is written down to belong to the row was changed');
    position = link.position;
    hash = next;
    const head = expected.get(position);
    if (head !== undefined && head.hash !== hash.toString('hex'))
      return {
        rows: position,
        problem: {
          position,
          rowId: link.rowId,
          problem: `up to here the chain differs from the signed checkpoint ${head.number}`,
        },
        claim,
      };
  }
  const furthest = Math.max(0, ...expected.keys());
  const at = (place: number, problem: string): SealProblem => ({ position: place, rowId: null, problem });
  const problem =
    position < furthest
      ? at(position + 1, 'the end was cut off: signed checkpoints go further')
      : position > furthest
        ? at(furthest + 1, 'there are links that no checkpoint signs')
        : null;
  return { rows: position, problem, claim };
}

/** Checks signatures and numbers, and gives what hash is expected where. */
function readHeadClaims(
  stream: string,
  { checkpoints, heads, key }: { checkpoints: readonly Head[]; heads: readonly Head[]; key: JWK },
): { expected: Map<number, Head>; claims: SealProblem[] } {
  const ours = publicKey(key);
  const expected = new Map<number, Head>();
  const claims: SealProblem[] = [];
  const claim = (head: Head, problem: string): void =>
    void claims.push({ position: head.position, rowId: null, problem });
  checkpoints.forEach((head, at) => {
    if (head.number !== at + 1) claim(head, `checkpoint ${at + 1} is missing`);
    if (head.stream !== stream || !isSigned(head, ours))
      claim(head, `the signature of checkpoint ${head.number} is not ours`);
    expected.set(head.position, head);
  });
  for (const head of heads) {
    const signed = isSigned(head, ours);
    if (!signed) claim(head, `the head ${head.number} in the file is not signed by us`);
    const found = checkpoints[head.number - 1];
    if (found === undefined) claim(head, `the end was cut off: checkpoint ${head.number} of the heads file is missing`);
    else if (found.hash !== head.hash || found.position !== head.position)
      claim(head, `checkpoint ${head.number} differs from the heads file`);
    // The file is believed rather than the database.
    if (signed) expected.set(head.position, head);
  }
  return { expected, claims };
}

/** With the manifest as it was sealed the link holds: then what differs from it is what was touched. */
function belongingThatChanged(stream: string, previous: Buffer, link: Link, row: SealedRow): ManifestChange | null {
  if (row.manifest === null || link.manifest === null) return null;
  const sealed = linkHash(stream, previous, link.position, { ...row, manifest: link.manifest });
  return sealed.equals(link.hash) ? changedPart(link.manifest, row.manifest) : null;
}

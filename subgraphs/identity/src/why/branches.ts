/** To which branches something belongs, as members who are limited to some are judged by it (G12). */
export type Branches = {
  /** Null or empty: to none, so that only those who are not limited reach it. */
  ids: string[] | null;
  /** Whose it is in person: that member reaches it wherever it is. */
  userId?: string;
  /** A member: anyone who shares one of their branches meets them, anyone who has all of them changes them. */
  person?: boolean;
};

/**
 * Whether a member reaches it, as the policies of the thing itself say; `branches` null is a member who is not limited.
 */
export function reachesBranches(
  { userId, branches }: { userId: string; branches: readonly string[] | null },
  { ids, userId: own, person = false }: Branches,
  verb: 'READ' | 'WRITE',
): boolean {
  if (branches === null || (own !== undefined && own === userId)) return true;
  if (ids === null || ids.length === 0) return false;
  const among = (id: string): boolean => branches.includes(id);
  return person && verb === 'WRITE' ? ids.every(among) : ids.some(among);
}

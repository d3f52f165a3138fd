/** Fields by type, of which each operation asks another subset. */
const TRACKER = ['name', 'status', 'kind', 'createdAt', 'branch { id name }', 'payer { id name }'];
const ACCOUNT = ['name', 'kind', 'timeZone', 'wallets { kind balance }', 'status', 'createdAt'];

/**
 * The n-th of endlessly many operations, no two alike in text or in shape: aliases, arguments in the text, subsets of
 * fields, fragments. Each needs several subgraphs, as the
 * screens of different clients do.
 */
export function distinctOperation(n: number): string {
  const chosen = (fields: readonly string[], bits: number): string =>
    fields
      .filter((_, at) => (bits >> at) & 1)
      .map((field, at) => (at % 2 === 0 ? field : `x${n}_${at}: ${field}`))
      .join(' ');
  const trackers = `trackers(first: ${1 + (n % 40)}) { nodes { id ${chosen(TRACKER, n)} } pageInfo { endCursor } }`;
  const clients = `clients(first: ${1 + (n % 7)}) { nodes { id ${chosen(ACCOUNT, n >> 3)} ...Fleet } }`;
  return `query Distinct${n} { viewer { account { id ${chosen(ACCOUNT, n >> 6)} own${n}: name ${n % 3 === 0 ? clients : ''} ...Fleet } } }
    fragment Fleet on Account { f${n}: ${trackers} }`;
}

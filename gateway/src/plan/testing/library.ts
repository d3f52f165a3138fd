import { buildSubgraphSchema } from '@apollo/subgraph';
import { createExecutor } from '@comptoir/shared/execution/executor.ts';
import { createLog, type Log } from '@comptoir/shared/process/log.ts';
import type { Subgraph } from '@comptoir/shared/protocol/subgraph.ts';
import { GraphQLError, parse } from 'graphql';

/**
 * Four subgraphs with what a plan can meet: entities with one key, another key and a key of several fields, fields that
 * require others or are provided, interfaces and unions across subgraphs, value types, lists of lists, hidden enum
 * values, and data that are null or fail where they may and where they may not.
 */
const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@key", "@shareable", "@external", "@requires", "@provides", "@inaccessible"])`;

const BOOKS = /* GraphQL */ `
  ${LINK}
  type Query {
    books(first: Int = 3): [Book!]!
    book(isbn: ID!): Book
    shelf: Shelf
    anything: [Thing]
    media: [Medium!]!
    grid: [[Book]!]!
    fragile: Fragile
  }
  type Mutation { lend(isbn: ID!): Book! giveBack(isbn: ID!): Book }
  interface Medium @key(fields: "id") { id: ID! title: String }
  type Book implements Medium @key(fields: "isbn") @key(fields: "id") {
    id: ID! isbn: ID! title: String genre: Genre! author: Author! size: Size! pages: Int sequel: Book translations(lang: Lang, first: Int): [Book!]!
    publisher: Publisher @provides(fields: "name")
  }
  type Film implements Medium @key(fields: "id") { id: ID! title: String basedOn: Book minutes: Int }
  union Thing = Book | Film | Author | Shelf
  type Shelf { label: String! books: [Book!] size: Size! inner: Shelf }
  type Size @shareable { width: Int! height: Int }
  type Author @key(fields: "name country { code }") { name: String! country: Country! }
  type Country @shareable { code: String! }
  type Publisher @key(fields: "id") { id: ID! name: String! @external }
  enum Genre { POETRY NOVEL SECRET @inaccessible }
  enum Lang { FR EN }
  type Fragile { must: String! may: String list: [String!] lists: [[Int!]] deep: Fragile deepest: Fragile! }
`;

const PEOPLE = /* GraphQL */ `
  ${LINK}
  type Query { people: [Person!] me: Person }
  type Author @key(fields: "name country { code }") { name: String! country: Country! born: Int person: Person! books: [Book!]! }
  type Country @shareable { code: String! name: String }
  type Person @key(fields: "id") { id: ID! name: String! friends(first: Int = 2): [Person!]! wrote: [Book] }
  type Publisher @key(fields: "id") { id: ID! name: String! @shareable boss: Person }
  type Book @key(fields: "isbn") { isbn: ID! readers: [Person!]! weight: Float @external heavy: Boolean @requires(fields: "weight") }
`;

const FANS = /* GraphQL */ `
  ${LINK}
  type Query { favourites: [Favourite] }
  union Favourite = Book | Film
  type Person @key(fields: "id") { id: ID! likes: Favourite }
  type Book @key(fields: "isbn") { isbn: ID! fans: [Person!]! }
  type Film @key(fields: "id") { id: ID! fans: [Person!]! }
`;

const STOCK = /* GraphQL */ `
  ${LINK}
  type Query { stockOf(isbn: ID!): Int shops: [Shop] }
  type Book @key(fields: "isbn") { isbn: ID! weight: Float size: Size! @external price(tax: Boolean = false): Float! @requires(fields: "size { width height }") shops: [Shop] }
  type Size @shareable { width: Int! height: Int }
  type Shop { name: String! keeper: Person size: Size best: Book stock: [Stock!]! }
  type Stock { count: Int! of: Book! }
  type Person @key(fields: "id", resolvable: false) { id: ID! }
`;

const at = <T>(values: readonly T[], n: number): T => values[Math.abs(n) % values.length] as T;
const numberOf = (isbn: string): number => Number(isbn.replace(/\D/g, '')) || 0;

const book = (n: number): object => ({
  __typename: 'Book',
  id: `m${n}`,
  isbn: `b${n}`,
  title: n % 4 === 3 ? null : `Book ${n}`,
  // Of one book it is one that clients may not see.
  genre: n === 5 ? 'SECRET' : at(['POETRY', 'NOVEL'], n),
  pages: n % 5 === 4 ? null : 100 + n,
});
const film = (n: number): object => ({ __typename: 'Film', id: `f${n}`, title: `Film ${n}`, minutes: 90 + n });
const author = (n: number): object => ({
  __typename: 'Author',
  name: at(['Ann', 'Bea', 'Cid'], n),
  country: { code: at(['fr', 'be'], n) },
});
const size = (n: number): object => ({ width: 10 + n, height: n % 3 === 2 ? null : 20 });
const person = (n: number): object => ({ id: `p${Math.abs(n) % 4}`, name: `Person ${Math.abs(n) % 4}` });
const byIsbn = ({ isbn }: { isbn: string }): object => ({ isbn });
const fails = (what: string): never => {
  throw new GraphQLError(`No ${what}.`, { extensions: { code: 'FORBIDDEN' } });
};
const upTo = (count: number): number[] => Array.from({ length: Math.min(Math.max(count, 0), 5) }, (_, n) => n);

type Isbn = { isbn: string };
const BOOK_RESOLVERS = {
  Query: {
    books: (_: unknown, { first }: { first: number | null }) => upTo(first ?? 2).map(book),
    book: (_: unknown, { isbn }: Isbn) => (isbn === 'b9' ? fails('book') : book(numberOf(isbn))),
    shelf: () => ({ __typename: 'Shelf', label: 'one', n: 1 }),
    anything: () => [book(1), film(1), null, author(2), { __typename: 'Shelf', label: 'two', n: 2 }],
    media: () => [film(0), book(3), film(2), book(0)],
    grid: () => [[book(0), null], [], [book(1), book(0)]],
    fragile: () => ({}),
  },
  Mutation: {
    lend: (_: unknown, { isbn }: Isbn) => (isbn === 'b9' ? fails('lending') : book(numberOf(isbn))),
    giveBack: (_: unknown, { isbn }: Isbn) => book(numberOf(isbn)),
  },
  Medium: {
    __resolveType: ({ __typename }: { __typename: string }) => __typename,
    __resolveReference: ({ id }: { id: string }) =>
      id === 'm5' ? null : id.startsWith('f') ? film(numberOf(id)) : book(numberOf(id)),
  },
  Thing: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
  Book: {
    __resolveReference: ({ isbn, id }: { isbn?: string; id?: string }) => {
      const n = numberOf(isbn ?? id ?? '');
      if (n === 7) return null;
      return n === 6 ? fails('such book') : book(n);
    },
    author: ({ isbn }: Isbn) => author(numberOf(isbn)),
    size: ({ isbn }: Isbn) => size(numberOf(isbn)),
    sequel: ({ isbn }: Isbn) => (numberOf(isbn) > 4 ? null : book(numberOf(isbn) + 1)),
    translations: ({ isbn }: Isbn, { lang, first }: { lang: string | null; first: number | null }) =>
      upTo(first ?? 2).map((n) => book(numberOf(isbn) + n + (lang === 'FR' ? 1 : 2))),
    publisher: ({ isbn }: Isbn) => (numberOf(isbn) === 2 ? null : { id: `u${numberOf(isbn) % 2}`, name: 'House' }),
  },
  Film: { __resolveReference: ({ id }: { id: string }) => film(numberOf(id)), basedOn: () => book(2) },
  Author: {
    __resolveReference: ({ name, country }: object & { name: string; country: object }) => ({ name, country }),
  },
  Shelf: {
    books: ({ n }: { n: number }) => (n === 2 ? null : [book(1), book(2)]),
    size: ({ n }: { n: number }) => size(n),
    inner: ({ n }: { n: number }) => (n === 1 ? { label: 'inner', n: 2 } : null),
  },
  Fragile: {
    must: () => fails('must'),
    may: () => fails('may'),
    list: () => ['a', null],
    lists: () => [[1, 2], [3, null], null],
    deep: () => ({}),
    deepest: () => ({}),
  },
};

const PEOPLE_RESOLVERS = {
  Query: { people: () => [0, 1, 2].map(person), me: () => person(1) },
  Author: {
    __resolveReference: ({ name, country }: { name: string; country: { code: string } }) =>
      name === 'Cid' ? null : { name, country },
    country: ({ country }: { country: { code: string } }) => ({ ...country, name: `Land ${country.code}` }),
    born: ({ name }: { name: string }) => (name === 'Ann' ? 1950 : null),
    person: ({ name }: { name: string }) => person(name.length + name.charCodeAt(0)),
    // One of them another subgraph does not have.
    books: ({ name }: { name: string }) => (name === 'Ann' ? ['b0', 'b7'] : ['b1']).map((isbn) => ({ isbn })),
  },
  Person: {
    __resolveReference: ({ id }: { id: string }) => (id === 'p3' ? null : person(numberOf(id))),
    friends: ({ id }: { id: string }, { first }: { first: number | null }) =>
      upTo(first ?? 1).map((n) => person(numberOf(id) + n + 1)),
    wrote: ({ id }: { id: string }) => (id === 'p2' ? fails('works') : [{ isbn: 'b1' }, null, { isbn: 'b6' }]),
  },
  Publisher: {
    __resolveReference: ({ id }: { id: string }) => ({ id, name: 'House' }),
    boss: ({ id }: { id: string }) => person(numberOf(id)),
  },
  Book: {
    __resolveReference: (reference: Isbn & { weight?: number }) => reference,
    readers: ({ isbn }: Isbn) => [person(numberOf(isbn)), person(numberOf(isbn) + 1)],
    heavy: ({ weight }: { weight?: number }) => (weight === undefined ? null : weight > 1),
  },
};

const favourite = (id: string): object =>
  id.startsWith('f') ? { __typename: 'Film', id } : { __typename: 'Book', isbn: id };
const FANS_RESOLVERS = {
  Query: { favourites: () => ['b1', 'f1', 'b7', 'b5'].map(favourite) },
  Favourite: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
  Person: {
    __resolveReference: ({ id }: { id: string }) => ({ id }),
    likes: ({ id }: { id: string }) => favourite(id === 'p1' ? 'b2' : 'f1'),
  },
  Book: {
    __resolveReference: ({ isbn }: Isbn) => ({ isbn }),
    fans: ({ isbn }: Isbn) => [person(numberOf(isbn)), person(numberOf(isbn) + 2)],
  },
  Film: {
    __resolveReference: ({ id }: { id: string }) => ({ id }),
    fans: ({ id }: { id: string }) => [person(numberOf(id))],
  },
};

const STOCK_RESOLVERS = {
  Query: {
    stockOf: (_: unknown, { isbn }: Isbn) => numberOf(isbn),
    shops: () => [{ n: 0 }, null, { n: 1 }],
  },
  Book: {
    __resolveReference: (reference: object) => reference,
    weight: ({ isbn }: Isbn) => (numberOf(isbn) === 3 ? fails('weight') : numberOf(isbn) / 2),
    price: ({ size: sized }: { size: { width: number; height: number | null } }, { tax }: { tax: boolean | null }) =>
      sized.width * (sized.height ?? 1) * (tax === true ? 1.2 : 1),
    shops: ({ isbn }: Isbn) => (numberOf(isbn) === 1 ? null : [{ n: 1 }, { n: 2 }]),
  },
  Shop: {
    name: ({ n }: { n: number }) => `Shop ${n}`,
    keeper: ({ n }: { n: number }) => (n === 2 ? null : { id: `p${n + 2}` }),
    size: ({ n }: { n: number }) => size(n),
    best: ({ n }: { n: number }) => byIsbn({ isbn: `b${n + 4}` }),
    stock: ({ n }: { n: number }) => upTo(n + 1).map((count) => ({ count, of: { isbn: `b${count}` } })),
  },
};

const log: Log = createLog('test', { level: 'silent' });

function subgraph(name: string, sdl: string, resolvers: object): Subgraph & { sdl: string } {
  const schema = buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolvers as never }]);
  const execute = createExecutor<{ log: Log }>(schema, log);
  return { name: name as Subgraph['name'], sdl, execute: (request) => execute(request, { log }) };
}

export const library = {
  books: subgraph('books', BOOKS, BOOK_RESOLVERS),
  people: subgraph('people', PEOPLE, PEOPLE_RESOLVERS),
  stock: subgraph('stock', STOCK, STOCK_RESOLVERS),
  fans: subgraph('fans', FANS, FANS_RESOLVERS),
};

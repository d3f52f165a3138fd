import type { GraphQLError } from 'graphql';
import { isPreview, previewNotPossible } from '../database/preview.ts';
import {
  accountNotChosen,
  addressNotAllowed,
  forbidden,
  limitedToBranches,
  secondFactorRequired,
  unauthenticated,
} from '../protocol/errors.ts';
import type { SubgraphName } from '../values/subgraphs.ts';
import type { Area, AreaGrant, Verb } from '../viewer/areas.ts';
import { type Role, roleAllows } from '../viewer/roles.ts';
import { holds, isAdmitted, isLimitedToBranches, type Viewer } from '../viewer/viewer.ts';
import { rule } from './shieldLibrary.ts';

type Check = (viewer: Viewer) => true | GraphQLError;

/**
 * A rule of graphql-shield that looks only at the viewer: no arguments, no rows, no clock. `checkInBranches` is the
 * same question for an operation that is about one branch, which a member who is limited to branches may ask too;
 * `inBranches` makes a rule of it.
 */
export type Rule = ReturnType<ReturnType<typeof rule>> & { check: Check; checkInBranches: Check };

/**
 * Who may call what, on one screen per subgraph. `Query` and `Mutation` name every field; every other object type has a
 * rule of its own, or a map of rules with `'*'` for the fields it does not name.
 */
export type Permissions = Record<string, Rule | Record<string, Rule>>;

const made = new Map<string, Rule>();

/**
 * The rule within every rule: by address and by role. Anyone who is outside a network list of theirs is refused
 * whatever they hold (G11), and no one passes for more than their role may hold at most (G09, O10), whatever was
 * written into their areas.
 *
 * @param asked what the rule asks for, where it is an area.
 */
function within(check: Check, name: string, asked: AreaGrant | null): Check {
  return (viewer) => {
    if (!isAdmitted(viewer)) return addressNotAllowed();
    if (asked !== null && 'role' in viewer && !roleAllows(viewer.role, asked)) return forbidden(name);
    return check(viewer);
  };
}

/** Makes a rule, with `within` in it. */
function viewerRule(name: string, check: Check, checkInBranches = check, asked: AreaGrant | null = null): Rule {
  return bareRule(name, within(check, name, asked), within(checkInBranches, name, asked));
}

/**
 * Makes a rule once per name, so that equal rules are the same object and `guard.ts` can tell that a second check would
 * say the same.
 */
function bareRule(name: string, check: Check, checkInBranches: Check): Rule {
  const known = made.get(name);
  if (known !== undefined) return known;
  const shieldRule = rule(name, { cache: 'no_cache' })((_parent, _args, context: { viewer: Viewer }) =>
    check(context.viewer),
  );
  const fresh = Object.assign(shieldRule, { check, checkInBranches });
  made.set(name, fresh);
  return fresh;
}

/**
 * A rule about an account as a whole, which is the default: a member who is limited to branches is refused with G12,
 * whatever they hold. The limit is asked last, so that it tells nothing to those who would be refused anyway.
 */
function wholeAccountRule(name: string, check: Check, asked: AreaGrant | null = null): Rule {
  const checkWhole: Check = (viewer) => {
    const said = check(viewer);
    return said === true && isLimitedToBranches(viewer) ? limitedToBranches() : said;
  };
  return viewerRule(name, checkWhole, check, asked);
}

/**
 * The same rule for an operation that is about one branch, and whose rows the database keeps within the viewer's
 * branches: the exception to `wholeAccountRule`, named where it is made (G12).
 * `infra/testing/src/rules/branchLimits.test.ts` holds the list with the reasons.
 */
export const inBranches = (then: Rule): Rule => viewerRule(`in branches ${then.name}`, then.checkInBranches);

/** No one. What is not named in a permissions table gets this. */
export const deny: Rule = viewerRule('deny', () => forbidden('deny'));

/**
 * Everybody that the gateway or a service vouches for, from anywhere: the one rule without `within`. It is for values
 * that are reached through a rule only, such as payloads whose mutation was guarded already, and for `_entities`, each
 * of which is asked for itself; `findGaps` accepts it nowhere else.
 */
export const allow: Rule = bareRule(
  'allow',
  () => true,
  () => true,
);

/**
 * Everybody, for what precedes log-in, but a preview-only key (N11): what counts guesses and ends secrets is not tried
 * out, for what is taken back afterwards counts nothing.
 */
export const beforeLogIn: Rule = viewerRule('before log-in', (viewer) =>
  isPreview(viewer) ? previewNotPossible() : true,
);

/**
 * Why somebody who acts for no account may not: no one is to log in, a person is to choose an account or to set up the
 * second factor that it asks for (N25), a service never may.
 */
function refused(viewer: Viewer, rule: string): GraphQLError {
  if (viewer.kind !== 'ANONYMOUS') return forbidden(rule);
  if (viewer.userId === null) return unauthenticated();
  return viewer.secondFactorFor === undefined ? accountNotChosen() : secondFactorRequired();
}

/** Any person or key that acts for an account. */
export const member: Rule = wholeAccountRule('member', (viewer) =>
  viewer.kind === 'PERSON' || viewer.kind === 'KEY' ? true : refused(viewer, 'member'),
);

/** A person who logged in, with or without an account; never a key. */
export const person: Rule = viewerRule('person', (viewer) => {
  if (viewer.kind === 'PERSON' || (viewer.kind === 'ANONYMOUS' && viewer.userId !== null)) return true;
  return refused(viewer, 'person');
});

/** Anybody who is known: a person with or without an account, or a key. */
export const known: Rule = viewerRule('known', (viewer) => {
  if (viewer.kind === 'SERVICE') return forbidden('known');
  return viewer.kind === 'ANONYMOUS' && viewer.userId === null ? unauthenticated() : true;
});

/** Somebody who holds the area for at least that verb in the account they act for (O10). */
export const requires = (area: Area, verb: Verb): Rule =>
  wholeAccountRule(
    `${area}:${verb}`,
    (viewer) => {
      if (holds(viewer, area, verb)) return true;
      return refused(viewer, `${area}:${verb}`);
    },
    { area, verb },
  );

/** As `requires`, for people only: what a key must not do, whatever it holds. */
export const requiresPerson = (area: Area, verb: Verb): Rule =>
  wholeAccountRule(
    `PERSON ${area}:${verb}`,
    (viewer) => {
      if (viewer.kind === 'PERSON' && holds(viewer, area, verb)) return true;
      return refused(viewer, `PERSON ${area}:${verb}`);
    },
    { area, verb },
  );

/** As `requires`, for the provider's own people only. */
export const requiresStaff = (area: Area, verb: Verb): Rule => withRole('STAFF', area, verb);

function withRole(role: Role, area: Area, verb: Verb): Rule {
  return wholeAccountRule(
    `${role} ${area}:${verb}`,
    (viewer) => {
      const named = viewer.kind === 'PERSON' || viewer.kind === 'KEY';
      if (named && viewer.role === role && holds(viewer, area, verb)) return true;
      return refused(viewer, `${role} ${area}:${verb}`);
    },
    { area, verb },
  );
}

/** A viewer whom one of the rules admits; otherwise the first of them says why not. */
export const either = (...rules: [Rule, ...Rule[]]): Rule => {
  const by =
    (ask: 'check' | 'checkInBranches'): Check =>
    (viewer) =>
      rules.some((one) => one[ask](viewer) === true) ? true : telling(viewer)[ask](viewer);
  // Anyone who holds what one of them asks for lacks only the whole account: that one says so.
  const telling = (viewer: Viewer): Rule => rules.find((one) => one.checkInBranches(viewer) === true) ?? rules[0];
  return viewerRule(`either ${rules.map(({ name }) => name).join(' or ')}`, by('check'), by('checkInBranches'));
};

/**
 * A viewer whom the rule admits, unless they are logged in as somebody else (N12): for what the client's own people
 * must do themselves. Which operations that are is held by `infra/testing/src/rules/loginAsClosed.test.ts`.
 */
export const asOneself = (then: Rule): Rule => {
  const by =
    (ask: 'check' | 'checkInBranches'): Check =>
    (viewer) => {
      const actors = viewer.kind === 'PERSON' || viewer.kind === 'KEY' ? viewer.actors : undefined;
      return actors !== undefined && actors.length > 0 ? forbidden('N12') : then[ask](viewer);
    };
  return viewerRule(`as oneself ${then.name}`, by('check'), by('checkInBranches'));
};

/** One of our own services, by name: for internal operations, which `@inaccessible` hides at the gateway only. */
export const service = (...names: (SubgraphName | 'gateway')[]): Rule =>
  viewerRule(`service ${names.join(' ')}`, (viewer) =>
    viewer.kind === 'SERVICE' && names.includes(viewer.service) ? true : forbidden('service'),
  );

import type { Refusal } from '@comptoir/shared/values/refusal.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import type { SubgraphContext } from '../context.ts';
import { readLinkSecret } from '../credentials/linkSecret.ts';
import { commonPasswords } from '../passwords/commonPasswords.ts';
import { type PasswordRefusal, refusesPassword } from '../passwords/password.ts';
import { hashPassword } from '../passwords/passwordHash.ts';
import { type LinkKind, linkNotValid } from './link.ts';
import { lockGoodLink } from './linkStore.ts';

/**
 * What precedes the use of a link: whether it is good, whether the password may be, and the password's hash. The hash
 * is made outside any transaction and only for a link that was good a moment ago, so no one without a link makes us
 * work; anyone who uses the link locks and looks again.
 */
export async function readLink(
  ctx: SubgraphContext,
  config: IdentityConfig,
  kind: LinkKind,
  { token, password }: { token: string; password: string },
): Promise<{ secretHash: string; passwordHash: string; email: string } | Refusal<'LINK_NOT_VALID'> | PasswordRefusal> {
  const secretHash = readLinkSecret(token);
  if (secretHash === null) return linkNotValid();
  const link = await ctx.system('look at a link', (tx) => lockGoodLink(tx, kind, secretHash, realNow(config)));
  if (link === null) return linkNotValid();

  const refused = refusesPassword(password, commonPasswords);
  if (refused !== null) return refused;
  return { secretHash, passwordHash: await hashPassword(password), email: link.email };
}

import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { isCode } from '../../pricing/catalogue/plan.ts';
import type { Selection } from '../../pricing/prices/price.ts';

type Choice = { item: string; value?: number | null | undefined; custom?: boolean | null | undefined };

/** What somebody chose, as it came in; every field may be left out. */
export type SelectionInput = {
  priceVersion?: 'V1' | 'V3' | null | undefined;
  product?: string | null | undefined;
  plan?: string | null | undefined;
  contacts?: number | null | undefined;
  frequency?: 'MONTHLY' | 'ANNUAL' | null | undefined;
  limits?: readonly Choice[] | null | undefined;
  addOns?: readonly string[] | null | undefined;
};

/** More than any plan has to choose from. */
const MAX_CHOICES = 50;

/** Reads a selection; what was left out is left out. What is no code of a catalogue is none that it has. */
export function readSelection(input: SelectionInput): Partial<Selection> | Refusal {
  const { priceVersion, product, plan, contacts, frequency, limits, addOns } = input;
  if ((product != null && !isCode(product)) || (plan != null && !isCode(plan))) {
    return no('PLAN_UNKNOWN', 'The catalogue has no such plan of that product and price version.', 'plan', 'A21');
  }
  if (limits != null && (limits.length > MAX_CHOICES || limits.some(({ item }) => !isCode(item)))) {
    return no('LIMIT_UNKNOWN', 'The plan has no such limit to choose.', 'limits', 'A24');
  }
  if (addOns != null && (addOns.length > MAX_CHOICES || addOns.some((addOn) => !isCode(addOn)))) {
    return no('ADD_ON_NOT_OFFERED', 'The plan cannot have that add-on.', 'addOns', 'A25');
  }
  return {
    ...(priceVersion != null && { priceVersion }),
    ...(product != null && { product }),
    ...(plan != null && { plan }),
    ...(contacts != null && { contacts }),
    ...(frequency != null && { frequency }),
    ...(limits != null && {
      limits: limits.map(({ item, value, custom }) => ({ item, value: value ?? null, custom: custom ?? false })),
    }),
    ...(addOns != null && { addOns: [...addOns] }),
  };
}

const no = (code: string, message: string, field: string, rule: string): Refusal =>
  new Refusal(code, message, ['input', field], rule);

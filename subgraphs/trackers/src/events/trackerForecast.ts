import type { TrackerResolvers } from '../../generated/graphql.ts';
import type { Window } from './period.ts';

/** How far back a forecast looks, in days: as far as that of a wallet. */
const MAX_DAYS = 28;
const DAY_MS = 86_400_000;

/** The last 28 days. One and the same for all trackers of a request, so that they are added up together. */
export const forecastWindow = (now: Date): Window => ({ from: new Date(now.getTime() - MAX_DAYS * DAY_MS), to: now });

/**
 * What was consumed since `createdAt`, or in the last 28 days, per day (N17); a tracker that is not a day old is judged
 * by one day.
 */
export function trackerForecast(
  { credits, createdAt }: { credits: number; createdAt: Date },
  now: Date,
): { creditsPerDay: number; basedOnDays: number } {
  const age = Math.floor((now.getTime() - createdAt.getTime()) / DAY_MS);
  const basedOnDays = Math.min(Math.max(age, 1), MAX_DAYS);
  return { creditsPerDay: credits / basedOnDays, basedOnDays };
}

/**
 * Computed from the events themselves, through their index by tracker: charges have none, and every event would pay for
 * one.
 */
export const TrackerForecasts: Pick<TrackerResolvers, 'creditForecast'> = {
  creditForecast: async ({ id, createdAt }, _args, { loaders, now }) => {
    const consumed = await loaders.trackerConsumption(id, forecastWindow(now));
    return trackerForecast({ credits: consumed.reduce((sum, { credits }) => sum + credits, 0), createdAt }, now);
  },
};

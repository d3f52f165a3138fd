const KNOWN: ReadonlyMap<string, string> = new Map(
  ['UTC', ...Intl.supportedValuesOf('timeZone')].map((name) => [name.toLowerCase(), name]),
);

/**
 * Reads an IANA name of a time zone, however its letters are written. Null for everything else: offsets such as +02:00
 * know no summer.
 */
export const readTimeZone = (text: string): string | null => KNOWN.get(text.trim().toLowerCase()) ?? null;

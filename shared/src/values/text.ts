/**
 * One text has one reading: what cannot be kept, hashed or shown as it came is refused where it comes in, and never
 * altered.
 */

/** True for text that UTF-8 and PostgreSQL keep as it is: no NUL, no half of a surrogate pair. */
export const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

/** True for one line that can be shown: storable, and without control characters, line ends and tabs among them. */
export const isLine = (text: string): boolean => text.isWellFormed() && !/\p{Cc}/u.test(text);

/** True for text of several lines that can be shown: as `isLine`, with line ends and tabs. */
export const isLines = (text: string): boolean => text.isWellFormed() && !/[^\P{Cc}\n\r\t]/u.test(text);

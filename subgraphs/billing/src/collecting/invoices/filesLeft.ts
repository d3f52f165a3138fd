/** Most files that one request gets: each takes as long as a hundred other fields. */
export const MAX_FILES = 5;

/** How many files a request may still ask for. */
export const filesLeft = (): { left: number } => ({ left: MAX_FILES });

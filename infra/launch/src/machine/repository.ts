/** The folder of this repository, for what is found by its place in it. */
export const REPOSITORY = new URL('../../../../', import.meta.url);

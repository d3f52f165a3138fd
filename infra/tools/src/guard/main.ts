/**
 * `npm run guard`: the figures by the clock, of identity (`figures.ts`, the default) or of an installation as a whole
 * (`house.ts`).
 */
await import(process.argv[2] === 'installation' ? './house.ts' : './figures.ts');

/** `npm run guard`: the figures by the clock, of identity (`figures.ts`, the default) or of the house (`house.ts`). */
await import(process.argv[2] === 'house' ? './house.ts' : './figures.ts');

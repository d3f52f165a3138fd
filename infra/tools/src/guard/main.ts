/** `npm run guard`: the figures by the clock, of identity (the default) or of an installation as a whole. */
if (process.argv[2] === 'installation') await import('./installation.ts');
else await import('./figures.ts');

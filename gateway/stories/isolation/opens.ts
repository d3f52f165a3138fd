import type { Area, Verb } from '@comptoir/shared/viewer/areas.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';

/** Whom a field opens to. */
export type Opens =
  | 'anybody'
  | 'known'
  | 'person'
  | 'member'
  | `${Area}:${Verb}`
  | `${Area}:${Verb} or ${Area}:${Verb}`
  | `person ${Area}:${Verb}`
  | `person or ${Area}:${Verb}`
  | `staff ${Area}:${Verb}`
  | `service ${string}`;

/** True when that lets this caller in. */
export function admits(opens: Opens, viewer: Viewer): boolean {
  if (opens === 'anybody') return true;
  if (opens.startsWith('service ')) return viewer.kind === 'SERVICE' && opens.split(' ').includes(viewer.service);
  if (viewer.kind === 'SERVICE') return false;
  if (opens === 'known') return viewer.userId !== null;
  if (opens === 'person' || (opens.startsWith('person or ') && viewer.kind !== 'KEY'))
    return viewer.kind === 'PERSON' || (viewer.kind === 'ANONYMOUS' && viewer.userId !== null);
  if (viewer.kind === 'ANONYMOUS') return false;
  if (opens === 'member') return true;
  if (opens.startsWith('staff ') && viewer.role !== 'STAFF') return false;
  if (opens.startsWith('person ') && !opens.startsWith('person or ') && viewer.kind !== 'PERSON') return false;
  return (opens.match(/[A-Z]+:[A-Z]+/g) ?? []).some((text) => {
    const [area, verb] = text.split(':') as [Area, Verb];
    return viewer.areas[area] === 'WRITE' || (viewer.areas[area] === 'READ' && verb === 'READ');
  });
}

import { expect, test } from '@jest/globals';
import { heldAreas } from './credentialStanding.ts';

test('G15 a key opens what it was given as far as its maker still holds it', () => {
  expect(heldAreas(['BILLING:READ', 'TRACKERS:WRITE'], null)).toEqual(['BILLING:READ', 'TRACKERS:WRITE']);
  expect(heldAreas(['BILLING:READ', 'TRACKERS:WRITE'], ['BILLING:WRITE', 'TRACKERS:READ', 'SECURITY:READ'])).toEqual([
    'BILLING:READ',
    'TRACKERS:READ',
  ]);
});

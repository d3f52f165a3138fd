import { serviceMain } from '@comptoir/shared/serviceMain.ts';
import { trackers } from './schema.ts';

await serviceMain('trackers', () => () => trackers);

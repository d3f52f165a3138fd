import { serviceMain } from '@comptoir/shared/service/serviceMain.ts';
import { trackers } from './schema.ts';

await serviceMain('trackers', () => () => trackers);

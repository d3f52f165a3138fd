import { serviceMain } from '@comptoir/shared/serviceMain.ts';
import { billing } from './schema.ts';

await serviceMain('billing', () => () => billing);

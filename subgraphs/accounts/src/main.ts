import { serviceMain } from '@comptoir/shared/serviceMain.ts';
import { accounts } from './schema.ts';

await serviceMain('accounts', () => () => accounts);

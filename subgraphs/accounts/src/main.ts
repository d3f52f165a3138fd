import { serviceMain } from '@comptoir/shared/service/serviceMain.ts';
import { accounts } from './schema.ts';

await serviceMain('accounts', () => () => accounts);

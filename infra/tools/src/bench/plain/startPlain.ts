import { type ForkedProcess, startProcess } from '../../processes/startProcess.ts';
import type { Databases } from '../databases.ts';
import type { Contestant } from '../load.ts';
import type { PlainGatewayConfig } from './gatewayProcess.ts';
import type { PlainSubgraphConfig } from './subgraphProcess.ts';

/**
 * The peer that everything is compared with: Apollo Gateway over four Apollo Servers, five processes, out of the box.
 */
export async function startPlain({ adminUrl, world }: Databases): Promise<Contestant> {
  const started: ForkedProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const one of started.toReversed()) await one.stop();
  };
  try {
    const subgraphs = [];
    for (const name of ['identity', 'accounts', 'billing', 'trackers']) {
      const config: PlainSubgraphConfig = { name, adminUrl };
      const child = await startProcess(new URL('./subgraphProcess.ts', import.meta.url), config);
      started.push(child);
      subgraphs.push({ name, url: child.url });
    }
    const config: PlainGatewayConfig = { subgraphs };
    const gateway = await startProcess(new URL('./gatewayProcess.ts', import.meta.url), config);
    started.push(gateway);
    return {
      name: 'plain Apollo Gateway',
      url: gateway.url,
      headers: { 'account-id': world.partnerId },
      pids: () => started.map(({ pid }) => pid),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

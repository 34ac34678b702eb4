import { serveParent } from '../processes/parent.ts';
import { startQueue } from './fauxqs.ts';

await serveParent(async () => {
  const options = JSON.parse(process.argv[2] ?? '') as { port: number; dataDir: string };
  const { stop, ...ready } = await startQueue(options);
  return { ready, stop };
});

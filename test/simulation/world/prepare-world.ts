import { takeWallets } from '../checks/check-step.ts';
import { readChanges } from '../checks/journal.ts';
import { invoke } from './lambda.ts';
import { count, emptyStep, type World } from './world.ts';

/** Sets a run's initial rates and creates its first wallets, without faults. */
export async function prepareWorld(world: World): Promise<void> {
  const [lambda] = world.lambdas;
  if (lambda === undefined) throw new Error('there is no instance');
  const { setting } = world.known;
  const rates = setting.currencies.map(({ name, rate }) => [name, rate] as const);
  world.step = emptyStep();
  await lambda.begin({}, undefined);
  const json = rates.map(([name, rate]) => `"${name}": ${rate}`).join(', ');
  const route = 'POST /update_currencies';
  await invoke(lambda.http(route, world.groups), { route, path: {}, body: `{"Rates": {${json}}}` });
  for (const reference of setting.wallets) {
    const currency = setting.currencies[reference % setting.currencies.length]?.name;
    const body = JSON.stringify({
      Name: world.known.nextName(),
      Country: 'UK',
      City: 'London',
      Currency: currency,
    });
    await invoke(lambda.http('POST /wallet', world.groups), { route: 'POST /wallet', path: {}, body });
    count(world, 'wallets to start with');
  }
  await lambda.end();
  const changes = await readChanges(world.sql, world.journal);
  world.journal.currencies = changes.currencies;
  takeWallets(world.journal, changes);
}

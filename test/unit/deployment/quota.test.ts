import { afterEach, expect, test, vi } from 'vitest';
import { checkQuota } from '../../../deployment/quota.ts';
import type { Serverless } from '../../../deployment/serverless.ts';
import { type Answer, fakeAws, stageOf } from './fake-aws.ts';
import { settingsOf } from './settings-of.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const limits = (quota: number, unreserved: number): Answer => ({
  body: JSON.stringify({
    AccountLimit: { ConcurrentExecutions: quota, UnreservedConcurrentExecutions: unreserved },
  }),
});

/** As Lambda answers about a function that is not deployed yet. */
const NEW_FUNCTION: Answer = {
  status: 404,
  body: '{"Type":"User","Message":"Function not found","Code":"ResourceNotFoundException","__type":"ResourceNotFoundException"}',
};

/** A stage whose two functions reserve 300 and 115, in an account with these limits. */
async function account(settings: Answer, concurrency: (path: string) => Answer = () => NEW_FUNCTION) {
  const { asked, config } = await fakeAws((request) =>
    request.includes('account-settings') ? settings : concurrency(request),
  );
  const functions = {
    getWallet: { name: 'my-little-ps-prod-getWallet', reservedConcurrency: 300 },
    relay: { name: 'my-little-ps-prod-relay', reservedConcurrency: 115 },
    migrate: { name: 'my-little-ps-prod-migrate' },
  };
  const serverless = { ...stageOf(config), service: { functions } } as unknown as Serverless;
  return { asked, serverless };
}

const warnings = () => vi.spyOn(console, 'warn').mockImplementation(() => {});

test('a quota with room for the reservations is asked for once', async () => {
  const { asked, serverless } = await account(limits(1000, 515));
  await checkQuota(serverless, settingsOf());
  expect(asked).toEqual(['GET /2016-08-19/account-settings']);
});

test('a quota that is too small is refused, with the number to ask for and the parameters that help', async () => {
  const { serverless } = await account(limits(1000, 514));
  await expect(checkQuota(serverless, settingsOf())).rejects.toThrow(
    'The functions reserve 415 concurrent executions, and 100 have to stay unreserved, but the account has 514 for them in ' +
      'eu-central-1 (its quota is 1000). Ask for a quota of 1001 or more (Service Quotas, AWS Lambda, "Concurrent executions"); ' +
      'until then deploy with --param reservations=false, or with a lower busyConcurrency,',
  );
});

test('in a new account, the refusal names a quota that is enough', async () => {
  const { serverless } = await account(limits(10, 10));
  await expect(checkQuota(serverless, settingsOf())).rejects.toThrow('Ask for a quota of 515 or more');
});

test('what the deployed stage reserves does not count twice', async () => {
  const reserved = (own: number) => (path: string) =>
    path.includes('getWallet')
      ? { body: JSON.stringify({ ReservedConcurrentExecutions: own }) }
      : { body: '{}' };
  const enough = await account(limits(600, 215), reserved(300));
  await checkQuota(enough.serverless, settingsOf());
  expect(enough.asked).toContain('GET /2019-09-30/functions/my-little-ps-prod-getWallet/concurrency');
  const short = await account(limits(600, 214), reserved(300));
  await expect(checkQuota(short.serverless, settingsOf())).rejects.toThrow('Ask for a quota of 601 or more');
});

test('a missing right to ask for the quota is a warning', async () => {
  const warned = warnings();
  const denied = '{"Message":"User is not authorized to perform: lambda:GetAccountSettings"}';
  const { serverless } = await account({ status: 403, body: denied });
  await checkQuota(serverless, settingsOf());
  expect(warned.mock.calls.flat().join()).toMatch(/^The quota of concurrent executions is not checked: /);
});

test('a missing right to ask for the own reservations is a warning, too', async () => {
  const warned = warnings();
  const { serverless } = await account(limits(600, 215), () => ({ status: 403, body: '{"Message":"no"}' }));
  await checkQuota(serverless, settingsOf());
  expect(warned.mock.calls.flat().join()).toMatch(/lambda:GetFunctionConcurrency/);
});

test('without reservations, a new account is enough, and a large quota is a warning of its connections', async () => {
  const warned = warnings();
  const settings = settingsOf({ reservations: false, minCapacity: 0, maxCapacity: 4 });
  const small = await account(limits(10, 10));
  await checkQuota(small.serverless, settings);
  expect(warned).not.toHaveBeenCalled();
  const large = await account(limits(1000, 1000));
  await checkQuota(large.serverless, settings);
  expect(warned.mock.calls.flat().join()).toContain(
    "Without reservations only the account's quota bounds the functions' connections: 1032, but 4 capacity units serve 736.",
  );
  expect(large.asked).toHaveLength(1);
});

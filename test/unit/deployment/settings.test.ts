import { describe, expect, test } from 'vitest';
import { checkConnections, connectionLimit } from '../../../deployment/connections.ts';
import { databaseRoleOf, environmentOf, needsOf, roleOf } from '../../../deployment/needs.ts';
import { checkRegion } from '../../../deployment/settings.ts';
import { settingsOf, subscriber } from './settings-of.ts';

describe('the parameters of a deployment', () => {
  test('mean Aurora, a database that is given, or the local one', () => {
    const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:ledger/url-AbCdEf';
    expect(settingsOf().database).toBe('aurora');
    expect(settingsOf({ databaseUrl: 'ledger/url' }).database).toBe('given');
    expect(settingsOf({ databaseUrl: arn }).database).toBe('given');
    expect(settingsOf({ databaseUrl: 'postgres://local' }, 'local').database).toBe('local');
  });

  test('name the origins of pages that may call the API, each once', () => {
    expect(settingsOf().origins).toEqual([]);
    const corsOrigins = 'https://app.example.com, http://localhost:3000,https://app.example.com';
    expect(settingsOf({ corsOrigins }).origins).toEqual(['https://app.example.com', 'http://localhost:3000']);
  });

  test('have events if a function subscribes that is deployed, or somebody elsewhere does', () => {
    const own = { mine: subscriber('mine'), eventLog: subscriber('eventLog') };
    expect(settingsOf().events).toBe(false);
    expect(settingsOf({ eventLog: true }).events).toBe(true);
    expect(settingsOf({ events: 'on' }).events).toBe(true);
    expect(settingsOf({}, 'prod', [], own).events).toBe(true);
  });

  test('may come as text from the command line', () => {
    const text = { maxCapacity: '8', minCapacity: '0', reservations: 'false', busyConcurrency: '7' };
    expect(settingsOf(text)).toMatchObject({
      maxCapacity: 8,
      minCapacity: 0,
      reservations: false,
      busyConcurrency: 7,
    });
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [
      { databaseUrl: 'postgres://me:hunter2@db/x' },
      /^databaseUrl takes the name or ARN of a secret.*create-secret/,
    ],
    [{ databaseUrl: 'two words' }, /^databaseUrl takes the name or ARN/],
    [{ egress: 'nat' }, /egress: .*"dualstack"\|"endpoints"/],
    [{ minCapacity: 0.7 }, /minCapacity: /],
    [{ minCapacity: 8, maxCapacity: 4 }, /minCapacity may be at most maxCapacity/],
    [{ backupDays: 36 }, /backupDays: /],
    [{ alarmEmail: 'nobody' }, /alarmEmail: /],
    [{ reservations: 'perhaps' }, /reservations: takes true or false/],
    [{ eventLog: 'yes' }, /eventLog: takes true or false/],
    [{ tracing: 'yes' }, /tracing: takes true or false/],
    [{ routeMetrics: 'yes' }, /routeMetrics: takes true or false/],
    [{ events: 'true' }, /events: takes on, or auto/],
    [{ apiKeys: 'off' }, /^apiKeys takes "off" in the stage local only/],
    [{ webhookAddresses: 'local' }, /^webhookAddresses takes "local" in the stage local only/],
    [{ webhookAddresses: 'private' }, /webhookAddresses: .*"public"\|"local"/],
    [{ corsOrigins: '*' }, /^corsOrigins takes origins with commas between them, .* not "\*"/],
    [{ corsOrigins: 'https://app.example.com/' }, /not "https:\/\/app\.example\.com\/"/],
    [{ corsOrigins: 'https://app.example.com,app.example.com' }, /not "app\.example\.com"/],
    [{ corsOrigins: 'https://APP.example.com' }, /a host in lower case/],
    [{ corsOrigins: 'https://app.example.com:443' }, /a port if it is not the usual one/],
    [{ corsOrigins: 'https://app.example.com,' }, /not ""/],
    [{ corsOrigins: 'null' }, /not "null"/],
    [{ corsOrigins: 'https://*' }, /not "https:\/\/\*"/],
    [{ corsOrigins: 'http://*' }, /not "http:\/\/\*"/],
    [{ corsOrigins: 'https://*.example.com' }, /not "https:\/\/\*\.example\.com"/],
    [{ walletGroups: 0 }, /walletGroups: /],
    [{ walletGroups: 1001 }, /walletGroups: /],
    [{ logLevel: 'LOUD' }, /logLevel: .*"DEBUG"\|"INFO"/],
    [{ relayRate: 'cron(0 1 * * ? *)' }, /relayRate: takes an interval up to 6 days/],
    [{ reconcileRate: 'rate(7 days)' }, /reconcileRate: takes an interval up to 6 days/],
    [{ requestBurst: 0 }, /requestBurst: /],
    [{ zoneA: 'eu-central' }, /zoneA: takes an availability zone/],
    [{ zoneA: 'us-east-1a' }, /zoneA.zoneB: take two different zones, or none/],
    [{ zoneA: 'us-east-1a', zoneB: 'us-east-1a' }, /zoneA.zoneB: take two different zones, or none/],
    [{ processorConcurrency: 33 }, /processorConcurrency: may be at most walletGroups, since the queue/],
    [{ walletGroups: 1, processorConcurrency: 3 }, /processorConcurrency: may be at most walletGroups/],
    [{ snapshot: 'two words' }, /snapshot: takes the name or ARN of a snapshot/],
  ])('are refused where they are wrong: %j', (parameters, message) => {
    expect(() => settingsOf(parameters)).toThrow(message);
    expect(() => settingsOf(parameters)).not.toThrow(/hunter2/);
  });

  test('let webhooks be on this machine in the stage local alone', () => {
    expect(settingsOf({ webhookAddresses: 'local' }, 'local').webhookAddresses).toBe('local');
  });

  test('let the processor have as many instances as there are groups, and the two that Lambda takes at least', () => {
    expect(settingsOf({ walletGroups: 1, processorConcurrency: 2 }).processorConcurrency).toBe(2);
    expect(settingsOf({ walletGroups: 4, processorConcurrency: 4 }).processorConcurrency).toBe(4);
    expect(settingsOf({ reservations: false, processorConcurrency: 50 }).processorConcurrency).toBe(50);
  });

  test('take two zones', () => {
    expect(settingsOf({ zoneA: 'us-east-1a', zoneB: 'us-east-1b' })).toMatchObject({ zoneB: 'us-east-1b' });
  });

  test('are refused where there is no such', () => {
    expect(() => settingsOf({}, 'prod', ['maxCapacty=3'])).toThrow(
      /^There is no parameter "maxCapacty" \(in --param\); there are snapshot, walletGroups/,
    );
  });
});

describe('the region of a deployment', () => {
  test.each(['eu-central-1', 'us-east-1', 'ap-southeast-2'])('may be %s', async (region) => {
    await checkRegion(settingsOf(), region);
  });

  test.each(['cn-north-1', 'us-gov-west-1', 'mars-north-1', ''])(
    'may not be %j with Aurora, whose certificates nobody could check',
    async (region) => {
      await expect(checkRegion(settingsOf(), region)).rejects.toThrow(
        `RDS's certificate authorities of the region ${region} are not known`,
      );
      await checkRegion(settingsOf({ databaseUrl: 'ledger/url' }), region);
      await checkRegion(settingsOf({}, 'local'), region);
    },
  );
});

describe('the connections to the database', () => {
  test.each([
    [0.5, 1, 169],
    [0.5, 4, 736],
    [0.5, 16, 1_980],
    [1, 16, 3_004],
    [1, 64, 4_980],
  ])('from %d to %d units are %d at most', (minCapacity, maxCapacity, limit) => {
    expect(connectionLimit(settingsOf({ minCapacity, maxCapacity }))).toBe(limit);
  });

  test('may not be fewer than the functions can open', () => {
    const settings = settingsOf({ maxCapacity: 1 });
    const functions = (reservedConcurrency: number) => ({
      a: { name: 'a', reservedConcurrency },
      b: { name: 'b' },
    });
    checkConnections(settings, functions(84));
    for (const name of ['processor', 'reconcile']) {
      checkConnections(settings, { [name]: { name, reservedConcurrency: 42 } });
      expect(() => checkConnections(settings, { [name]: { name, reservedConcurrency: 43 } })).toThrow(
        'may hold 86 database connections',
      );
    }
    expect(() => checkConnections(settings, functions(85))).toThrow(
      'The functions may hold 85 database connections together, and as many of the version before, but 1 capacity units serve 169',
    );
  });
});

describe('what a function needs', () => {
  test('has to be said, in known words', () => {
    expect(() => needsOf('keys', { name: 'x' })).toThrow(
      'The function keys in serverless.yml says none: "needs" lists',
    );
    expect(() => needsOf('keys', { name: 'x', needs: ['databse'] })).toThrow('says databse');
    expect(needsOf('keys', { name: 'x', needs: [] })).toEqual([]);
  });

  test('of the database goes with a role there, and only that', () => {
    const needs = ['database'];
    expect(databaseRoleOf('keys', { name: 'x', needs, databaseRole: 'keys' })).toBe('keys');
    expect(databaseRoleOf('keys', { name: 'x', needs: [] })).toBeUndefined();
    expect(() => databaseRoleOf('keys', { name: 'x', needs })).toThrow(
      'The function keys in serverless.yml says none: "databaseRole" takes one of read, accept, change, settle,',
    );
    expect(() => databaseRoleOf('keys', { name: 'x', needs, databaseRole: 'owner' })).toThrow('says owner');
    expect(() => databaseRoleOf('keys', { name: 'x', needs: [], databaseRole: 'read' })).toThrow(
      'has a databaseRole and no need of the database',
    );
  });

  const actions = (needs: Parameters<typeof roleOf>[1], settings = settingsOf()) =>
    JSON.stringify(roleOf({ name: 'f' }, needs, settings, 'read')).match(
      /"(sqs|events|rds-db|secretsmanager|ec2|logs|xray):\w+"/g,
    );

  test('is all that its role allows', () => {
    const own = ['"logs:CreateLogStream"', '"logs:PutLogEvents"'];
    expect(actions([])).toEqual(own);
    expect(actions([], settingsOf({ tracing: true }))).toEqual([
      ...own,
      '"xray:PutTraceSegments"',
      '"xray:PutTelemetryRecords"',
    ]);
    expect(actions(['send'])).toEqual([...own, '"sqs:SendMessage"']);
    expect(actions(['publish'], settingsOf({ events: 'on' }))).toEqual([...own, '"events:PutEvents"']);
    expect(actions(['publish'])).toEqual(own);
    expect(actions(['database'])).toContain('"rds-db:connect"');
    expect(actions(['database'])).not.toContain('"secretsmanager:GetSecretValue"');
    expect(actions(['migration'])).toContain('"rds-db:connect"');
    expect(actions(['database'], settingsOf({ databaseUrl: 'given' }))).toEqual([
      ...own,
      '"secretsmanager:GetSecretValue"',
    ]);
  });

  const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:ledger/url';

  test.each([
    [
      'ledger/url',
      {
        'Fn::Sub':
          'arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:ledger/url-??????',
      },
    ],
    [`${ARN}-AbCdEf`, `${ARN}-AbCdEf`],
    [ARN, `${ARN}-??????`],
  ])('of the secret %s is to read it, and no other', (databaseUrl, resource) => {
    const settings = settingsOf({ databaseUrl });
    for (const needs of [['database'], ['migration']] as const) {
      expect(environmentOf(needs, settings, 'read')).toEqual({ DATABASE_SECRET: databaseUrl });
      expect(JSON.stringify(roleOf({ name: 'f' }, needs, settings, 'read'))).toContain(
        JSON.stringify({
          Effect: 'Allow',
          Action: ['secretsmanager:GetSecretValue'],
          Resource: resource,
        }),
      );
    }
  });
});

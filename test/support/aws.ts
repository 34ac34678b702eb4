/** Credentials that no emulator looks at, and that no account has. */
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

/** Options of an AWS client that talks to an emulator; its `endpoint` is missing. */
export const TEST_CLIENT = { region: 'eu-central-1', credentials: CREDENTIALS };

/** The same, as the environment variables that the SDK reads in a process without such options. */
export const TEST_CLIENT_VARIABLES = {
  AWS_REGION: TEST_CLIENT.region,
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
};

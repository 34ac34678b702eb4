/**
 * The functions read their settings when they are imported. Tests give theirs to the makers instead, so these only have
 * to be well-formed; nothing connects to them.
 */
export const SETTINGS = {
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
  QUEUE_URL: 'http://127.0.0.1:1/000000000000/nothing.fifo',
  EVENT_BUS_NAME: 'nothing',
  REPORTS_BUCKET: 'nothing',
  WALLET_GROUPS: '2',
  API_KEYS: 'off',
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
  POWERTOOLS_METRICS_DISABLED: 'true',
};

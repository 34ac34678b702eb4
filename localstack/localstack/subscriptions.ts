/** The subscribers of serverless.yml once more, as LocalStack's bus needs them; a test holds the two together. */
export const SUBSCRIPTIONS = [
  { functionName: 'eventLog', pattern: { source: ['my-little-ps'] } },
  { functionName: 'webhookDeliver', pattern: { source: ['my-little-ps'] } },
];

import { type Agent, request } from 'node:http';

/**
 * Sends a request over one of the agent's connections, a POST if there is a body, and waits for the whole reply.
 *
 * @throws Error for a reply other than 200
 */
export async function send(agent: Agent, url: string, body?: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const outgoing = request(
      url,
      { agent, method: body === undefined ? 'GET' : 'POST', headers },
      (response) => {
        response.resume().on('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`${url} was answered with ${response.statusCode}`));
        });
      },
    );
    outgoing.on('error', reject).end(body);
  });
}

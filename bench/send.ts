import { type Agent, request } from 'node:http';

/**
 * Sends a request over one of the agent's connections, a POST if there is a body, and waits for the whole reply.
 *
 * @returns the reply's body
 * @throws Error for a reply other than 200
 */
export async function send(
  agent: Agent,
  url: string,
  body?: string,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  return await new Promise<string>((resolve, reject) => {
    const headers = { 'content-type': 'application/json', ...more };
    const outgoing = request(
      url,
      { agent, method: body === undefined ? 'GET' : 'POST', headers },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => {
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`${url} was answered with ${response.statusCode}`));
        });
      },
    );
    outgoing.on('error', reject).end(body);
  });
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { htmlPage } from '../lib/http/page-files.ts';

/** The same beginning in several languages, each a program that a test runs. */
const STARTS = [
  { language: 'curl', file: 'start.sh', run: 'bash start.sh' },
  { language: 'TypeScript', file: 'start.ts', run: 'node start.ts' },
  { language: 'Python', file: 'start.py', run: 'python3 start.py' },
  { language: 'Go', file: 'start.go', run: 'go run start.go' },
  { language: 'Java', file: 'Start.java', run: 'java Start.java' },
] as const;

const START_FOLDER = join(import.meta.dirname, '../docs/start');

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** A choice of the language, without a script: the one that is chosen shows its program. */
const starts = (): string =>
  STARTS.map(({ language, file, run }, index) => {
    const program = escaped(readFileSync(join(START_FOLDER, file), 'utf8').trimEnd());
    return `<input type="radio" name="language" id="${file}"${index === 0 ? ' checked' : ''}>
<label for="${file}">${language}</label>
<div class="program"><p><code>${file}</code>, run by <code>URL=… KEY=… ${run}</code></p>
<pre tabindex="0" aria-label="${file}"><code>${program}</code></pre></div>`;
  }).join('\n');

/**
 * The docs page. Its addresses are relative, so that it works below any path; whatever it does is in its files, as its policy
 * allows no script or style of its own.
 *
 * @param names the names of its files, by what they are
 */
export function pageHtml(names: ReadonlyMap<string, string>): string {
  const file = (name: string): string => `docs/${names.get(name) ?? name}`;
  return htmlPage({
    title: 'my-little-ps: the API',
    head: `<link rel="stylesheet" href="${file('swagger-ui.css')}">
<link rel="stylesheet" href="${file('page.css')}">`,
    body: `<header>
<h1>my-little-ps</h1>
<p>Wallets, transfers and reports. Amounts are whole numbers of millionths: <code>2150000</code> is 2.15 USD.</p>
</header>
<section class="start" aria-labelledby="start">
<h2 id="start">Start in five minutes</h2>
<p>A key, a wallet, a payment, waiting for it, a statement. A system on your own machine needs no key; for any other one,
whoever runs it makes a key with <code>npm run keys -- create --name me --scopes admin --stage STAGE</code>.</p>
<div class="languages">
${starts()}
</div>
</section>
<div>
<h2 id="requests">Requests</h2>
<p>“Authorize” takes a key, “Try it out” sends a request to this system. Amounts and ids are shown as strings of digits
(<code>Prefer: amounts=string</code>), since browsers round large numbers. For generators of clients there are the descriptions
<a href="openapi.json">openapi.json</a> and <a href="openapi.json?amounts=string">the same with strings</a>.</p>
<div id="reference"><noscript>The reference needs JavaScript.</noscript></div>
</div>
<footer><p>Made with Swagger UI: <a href="${file('licences.txt')}">licences</a>.</p></footer>
<script src="${file('swagger-ui.js')}"></script>
<script src="${file('page.js')}"></script>`,
  });
}

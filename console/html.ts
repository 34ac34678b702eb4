import { htmlPage } from '../lib/http/page-files.ts';

/**
 * The page that the console fills. Its addresses are relative, so that it works below any path; whatever it does is in its
 * files, as its policy allows no script or style of its own.
 *
 * @param names the names of its files, by what they are
 */
export function consoleHtml(names: ReadonlyMap<string, string>): string {
  const file = (name: string): string => `console/${names.get(name) ?? name}`;
  return htmlPage({
    title: 'my-little-ps: console',
    head: `<meta name="description" content="The console of my-little-ps: wallets, payments, and how the system does.">
<link rel="stylesheet" href="${file('console.css')}">
<script defer src="${file('console.js')}"></script>`,
    body: `<div id="app"><main class="start"><h1>my-little-ps</h1><p>The console starts …</p>
<noscript><p>The console needs JavaScript. The <a href="docs">reference of the API</a> shows each request.</p></noscript></main></div>
<footer class="foot"><a href="docs">The API</a> <a href="${file('licences.txt')}">Licences</a></footer>`,
  });
}

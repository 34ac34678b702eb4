/**
 * What a page sends to one address, by all the ways that need no leave of the server, and then one that asks first. It runs in
 * the page: web-pages.test.ts hands its text to the browser.
 *
 * @param {{ url: string, body: string, headers: Record<string, string>, method: string, waitMs: number }} attempt
 */
globalThis.tryAddress = async ({ url, body, headers, method, waitMs }) => {
  const seen = (element, ...events) =>
    new Promise((resolve) => {
      setTimeout(resolve, waitMs);
      for (const event of events) element.addEventListener(event, resolve);
    });
  const add = (tag, properties) => {
    const element = Object.assign(document.createElement(tag), properties);
    document.body.append(element);
    return element;
  };
  const plain = { 'Content-Type': 'text/plain' };
  for (const request of [
    {},
    { mode: 'no-cors' },
    { method: 'POST', body, headers: plain },
    { method: 'POST', body, headers: plain, mode: 'no-cors' },
    { method, body, headers },
  ]) {
    await fetch(url, request).catch(() => {});
  }
  await seen(add('img', { src: url }), 'load', 'error');
  await seen(new WebSocket(url.replace('http:', 'ws:')), 'open', 'error');
  for (const enctype of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
    const frame = add('iframe', { name: enctype });
    const form = add('form', { action: url, method: 'POST', enctype, target: enctype });
    // A form of text/plain sends `name=value`: what stands before the first equals sign is the name.
    const [name, ...rest] = body.split('=');
    form.append(Object.assign(document.createElement('input'), { name, value: rest.join('=') }));
    const loaded = seen(frame, 'load', 'error');
    form.submit();
    await loaded;
    frame.remove();
    form.remove();
  }
};

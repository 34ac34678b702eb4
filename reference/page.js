/* global SwaggerUIBundle */

/** Light or dark, as the reader's system is. */
const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();

/** Browsers round numbers beyond 2^53: whoever names no preference about amounts gets strings of digits. */
const withAllDigits = (request) => {
  if (request.loadSpec) return request;
  const name = Object.keys(request.headers).find((each) => each.toLowerCase() === 'prefer') ?? 'Prefer';
  const preferences = [request.headers[name]].filter(Boolean);
  if (!preferences.some((each) => /\bamounts\s*=/i.test(each))) preferences.push('amounts=string');
  request.headers[name] = preferences.join(', ');
  return request;
};

/** A field with a name, for who listens to the page: the library leaves it without one. */
const labelled =
  (nameOf) =>
  (Original, { React }) =>
  (properties) =>
    React.createElement(
      'label',
      null,
      React.createElement('span', { className: 'unseen' }, nameOf(properties)),
      React.createElement(Original, properties),
    );
const parameter = labelled(({ description }) => String(description).split(' - ')[0]);

SwaggerUIBundle({
  url: 'openapi.json?amounts=string',
  domNode: document.getElementById('reference'),
  deepLinking: true,
  filter: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
  requestInterceptor: withAllDigits,
  plugins: [
    () => ({
      wrapComponents: {
        // The system that the page comes from is the only one that it may call; the page has a heading of its own.
        ServersContainer: () => () => null,
        InfoContainer: () => () => null,
        // A link within the button that opens an operation; the button itself puts the operation into the address.
        DeepLink:
          () =>
          ({ text }) =>
            text,
        // The name of a button is what stands on it.
        Button:
          (Original, { React }) =>
          (properties) =>
            React.createElement(Original, { ...properties, 'aria-label': undefined }),
        // The button that it stands on has no text.
        CloseIcon:
          (Original, { React }) =>
          (properties) => [
            React.createElement(Original, { ...properties, key: 'icon' }),
            React.createElement('span', { key: 'text', className: 'unseen' }, 'Close'),
          ],
        JsonSchema_string: parameter,
        JsonSchema_boolean: parameter,
        ExamplesSelect: labelled(() => 'Example'),
        // It has no label.
        TextArea:
          (Original, { React }) =>
          (properties) =>
            React.createElement(Original, { 'aria-label': 'Request body', ...properties }),
      },
    }),
  ],
});

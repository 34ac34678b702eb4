/**
 * uPlot hands the browser's language to Intl as it loads, and some browsers have one that Intl refuses, such as `en-US@posix` on a
 * server. The console would not start; so such a language is replaced, before uPlot is imported. Nothing is shown in it.
 */
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en-GB' });
}

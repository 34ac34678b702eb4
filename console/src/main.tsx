import { render } from 'preact';
import { App } from './app.tsx';

const place = document.getElementById('app');
if (place !== null) {
  // Preact would add to what the page says while it starts.
  place.replaceChildren();
  render(<App />, place);
}

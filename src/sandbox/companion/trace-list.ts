import { html, type Html } from '../page/html.ts';
import type { ExchangeView } from './view.ts';

const PARTIES: Record<string, string> = {
  app: 'App',
  flatpeak: 'Flatpeak',
  adapter: 'Adapter',
  identity: 'Identity provider',
  backend: 'Billing',
  browser: 'Browser',
};

const toneOf = (status: number | null): string =>
  status === null || status >= 500 ? 'bad' : status >= 400 ? 'odd' : 'fine';

const block = (name: string, value: unknown): Html | false =>
  value !== null &&
  value !== undefined &&
  html`<h3>${name}</h3>
    <pre>${typeof value === 'string' ? value : JSON.stringify(value, null, 2)}</pre>`;

/** One line for each exchange, opened for what was said in it. */
export function traceList(exchanges: ExchangeView[]): Html {
  if (exchanges.length === 0) return html`<p class="quiet">Nothing yet.</p>`;
  return html`<ol class="trace" data-part="trace">
    ${exchanges.map(
      (exchange) =>
        html`<li>
          <details>
            <summary>
              <span class="who"
                >${PARTIES[exchange.from] ?? exchange.from} → ${PARTIES[exchange.to] ?? exchange.to}</span
              >
              <span class="status ${toneOf(exchange.status)}">${exchange.status ?? 'no answer'}</span>
              <code>${exchange.method} ${exchange.url}</code>
            </summary>
            ${block('Sent', exchange.request)} ${block('Answered', exchange.answer)}
          </details>
        </li>`,
    )}
  </ol>`;
}

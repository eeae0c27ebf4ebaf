import { html, type Html } from '../page/html.ts';
import type { Page } from '../page/page.ts';
import { checkTariff, type Checked } from './check.ts';
import { picture, unitOf } from './picture.ts';
import type { ConnectionView } from './view.ts';

/** What the adapter's own rules say of the tariff Flatpeak last read, as on an operator's command line. */
export function checkPage(token: string, view: ConnectionView, now: Temporal.Instant): Page {
  const body = html`${view.tariff ? checked(checkTariff(view.tariff.body, now)) : notRead(view)}
    <h2>The same on a command line</h2>
    <p>Any payload of your billing system, without an adapter running:</p>
    <pre>npm run adapter -- tariff check payload.json</pre>
    <p class="quiet"><a href="/connections/${token}">Back to the connection</a></p>`;
  return { brand: 'ev', step: 'check', title: 'Tariff check', body, wide: true };
}

const verdict = (good: boolean, text: string): Html =>
  html`<h1 class="signed" data-part="verdict">
    <span class="${good ? 'sign good' : 'sign'}" aria-hidden="true">${good ? '✓' : '–'}</span><span>${text}</span>
  </h1>`;

function checked(result: Checked): Html {
  if (!result.ok) return html`${verdict(false, 'This tariff cannot be served')} ${problemList(result.problems)}`;
  const { coverage, slots } = result;
  const { tariff, contract } = result.source;
  const local = (instant: string) =>
    Temporal.Instant.from(instant)
      .toZonedDateTimeISO(tariff.timezone)
      .toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
  const fact = (name: string, value: string, detail: string | null = null) =>
    html`<div>
      <dt>${name}</dt>
      <dd>${value} ${detail !== null && html`<small>${detail}</small>`}</dd>
    </div>`;
  return html`${verdict(true, 'This tariff can be served')}
    <section class="card" data-part="coverage">
      <h2>${tariff.display_name}</h2>
      <dl class="facts">
        ${fact('Kind', `${tariff.direction} ${tariff.type}`, tariff.structure)}
        ${fact('Contract from', local(contract.start_date), contract.end_date === null ? 'until further notice' : `to ${local(contract.end_date)}`)}
        ${fact('Next 24 hours', coverage.status, coverage.reason ?? null)}
        ${fact('Known until', local(coverage.to), `needed: ${local(coverage.required_to)}`)}
        ${fact('Price covers', tariff.price_includes.join(', '), `VAT ${tariff.vat.included ? 'included' : 'excluded'}`)}
      </dl>
      ${
        tariff.not_expressed.length > 0 &&
        html`<h3>Not expressed</h3>
          <ul>
            ${tariff.not_expressed.map(({ code, detail }) => html`<li><code>${code}</code> ${detail}</li>`)}
          </ul>`
      }
    </section>
    <section class="card" data-part="next-48-hours">
      <h2>The next 48 hours</h2>
      <p class="quiet">${unitOf(tariff.currency)} per kWh, times in ${tariff.timezone}</p>
      ${picture(slots, tariff.timezone)}
    </section>`;
}

const problemList = (problems: readonly { code: string; path: string; detail: string }[]): Html =>
  html`<section class="card" data-part="problems">
    <h2>${problems.length === 1 ? 'The problem' : `${problems.length} problems`}</h2>
    <ul>
      ${problems.map(({ code, path, detail }) => html`<li><code>${code}</code> at <code>${path}</code>: ${detail}</li>`)}
    </ul>
  </section>`;

/** Flatpeak has nothing to check; why, is in the last answer it got. */
function notRead({ polls }: ConnectionView): Html {
  const last = polls.at(-1);
  const said = last?.problem;
  return html`${verdict(false, 'No tariff has been read yet')}
  ${last ? html`<p>Flatpeak’s last reading: ${last.status === null ? last.failure : `status ${last.status}`}.</p>` : html`<p>Flatpeak has not asked for it yet.</p>`}
  ${said !== null && said !== undefined && html`<pre>${JSON.stringify(said, null, 2)}</pre>`}`;
}

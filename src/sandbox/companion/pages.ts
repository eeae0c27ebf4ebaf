import { html, type Html } from '../page/html.ts';
import type { Page } from '../page/page.ts';
import { nextDay } from './next-day.ts';
import { clockTime, perUnit, picture, unitOf, words } from './picture.ts';
import { tariffSchema, type ConnectionView, type ReadTariff } from './view.ts';
import { traceList } from './trace-list.ts';

const frame = (step: string, title: string, body: Html): Page => ({ brand: 'ev', step, title, body });

export interface KnownConnection {
  token: string;
  startedAt: number;
}

const carCard = html`<section class="card car">
  <svg viewBox="0 0 120 56" aria-hidden="true">
    <path
      d="M12 40c-4 0-6-2-6-6 0-6 4-8 12-9l10-1 14-11c3-2 6-3 10-3h19c6 0 9 1 13 5l9 9 14 3c7 1 11 3 11 8v2c0 2-1 3-3 3h-8a11 11 0 0 0-21 0H46a11 11 0 0 0-21 0z"
    />
    <circle cx="35.500" cy="42" r="7.500" />
    <circle cx="86.500" cy="42" r="7.500" />
  </svg>
  <div><strong>Your car is plugged in</strong><small>62 % · ready by 07:00</small></div>
</section>`;

export const homePage = (connections: KnownConnection[]): Page =>
  frame(
    'home',
    'Your car',
    html`<h1>Charge when electricity is cheap</h1>
      ${carCard}
      <p>Tell us what your electricity costs and we charge your car in the cheapest hours.</p>
      <form method="post" action="/connect">
        <button class="button" data-action="connect">Connect my tariff</button>
      </form>
      ${
        connections.length > 0 &&
        html`<h2>Earlier connections</h2>
          <ul class="plain links">
            ${connections.map(
              ({ token, startedAt }) =>
                html`<li>
                  <a href="/connections/${token}"
                    >Started at
                    ${clockTime(Temporal.Instant.fromEpochMilliseconds(startedAt), Temporal.Now.timeZoneId())}</a
                  >
                </li>`,
            )}
          </ul>`
      }`,
  );

export const leavingPage = (url: string): Page => ({
  ...frame(
    'leaving',
    'One moment',
    html`<h1>One moment</h1>
      <p>You are on your way to Flatpeak Connect.</p>
      <a class="button" data-action="continue" href="${url}">Continue</a>`,
  ),
  refresh: { seconds: 0, url },
});

export const problemPage = (title: string, text: string): Page =>
  frame(
    'problem',
    title,
    html`<h1>${title}</h1>
      <p>${text}</p>
      <a class="button" href="/">Back to your car</a>`,
  );

const REASONS: Record<string, string> = {
  DISMISS_LOGIN: 'The sign-in was cancelled.',
  DISMISS_CONSENT: 'You chose not to share your tariff.',
  ERROR: 'Your provider could not share a tariff.',
};

function priceCard({ contract, tariff }: ReadTariff, readAt: number, now: Temporal.Instant): Html {
  const day = nextDay(tariff, now);
  const until = contract.end_date ? Temporal.Instant.from(contract.end_date).toZonedDateTimeISO(tariff.timezone) : null;
  const standing = tariff.standing_charge;
  const read = Temporal.Instant.fromEpochMilliseconds(readAt);
  return html`<section class="card" data-part="tariff">
    <h2>${tariff.display_name}</h2>
    <p class="quiet">
      The next 24 hours, ${unitOf(tariff.currency)} per kWh${tariff.vat?.included && ', VAT included'}
    </p>
    ${picture(day, tariff.timezone)} ${words(day, tariff.currency, tariff.timezone)}
    <p class="quiet">
      ${standing && `${perUnit(standing.value, tariff.currency)} a day besides. `}
      ${until && `Contract until ${until.toPlainDate().toLocaleString('en-GB', { dateStyle: 'long' })}. `} Times in
      ${tariff.timezone}. Read by Flatpeak at ${clockTime(read, tariff.timezone)}.
    </p>
  </section>`;
}

function tariffPart(view: ConnectionView, now: Temporal.Instant): Html {
  const last = view.polls.at(-1);
  if (!view.tariff) {
    const trouble = last && (last.status === null ? last.failure : `status ${last.status}`);
    return html`<section class="card" data-part="waiting">
      <h2>Reading your tariff</h2>
      <p>
        ${trouble ? `Flatpeak asked the provider for the prices and was refused: ${trouble}.` : 'Flatpeak is asking your provider for the prices.'}
      </p>
    </section>`;
  }
  const parsed = tariffSchema.safeParse(view.tariff.body);
  if (parsed.success) return priceCard(parsed.data, view.tariff.at, now);
  return html`<section class="card" data-part="unreadable">
    <h2>This tariff cannot be shown</h2>
    <p>What the provider answered does not have the agreed shape.</p>
    <pre>${parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n')}</pre>
  </section>`;
}

function headline(view: ConnectionView): Html {
  if (!view.submission) {
    return html`<h1>Waiting for your provider</h1>
      <p>Flatpeak has not heard from your provider yet. This page looks again by itself.</p>`;
  }
  if (view.allowed)
    return html`<h1 class="signed">
      <span class="sign good" aria-hidden="true">✓</span><span>Your tariff is connected</span>
    </h1>`;
  return html`<h1 class="signed">
      <span class="sign" aria-hidden="true">–</span><span>Your tariff is not connected</span>
    </h1>
    <p>${REASONS[view.action ?? ''] ?? 'Your provider gave no reason.'} Nothing was shared.</p>`;
}

/** Everything about one connection: the result first, then what lies behind it. */
export function connectionPage(token: string, view: ConnectionView, now: Temporal.Instant): Page {
  const pending = !view.submission || (view.allowed === true && !view.tariff);
  const step = !view.submission ? 'pending' : view.allowed ? 'connected' : 'not-connected';
  const body = html`${headline(view)} ${view.allowed && tariffPart(view, now)}
    ${
      view.allowed
        ? html`<form method="post" action="/connections/${token}/poll">
              <button class="button plain" data-action="poll">Read the tariff again</button>
            </form>
            <p><a href="/connections/${token}/check" data-action="check">Check this tariff</a></p>`
        : html`<form method="post" action="/connect">
            <button class="button" data-action="connect">${view.submission ? 'Try again' : 'Start again'}</button>
          </form>`
    }
    ${
      view.submission &&
      html`<h2>What Flatpeak received</h2>
        <p class="quiet">Secrets are cut to their first six characters.</p>
        <pre data-part="submission">${JSON.stringify(view.submission.body, null, 2)}</pre>`
    }
    <h2>Every message on the wire</h2>
    ${traceList(view.trace)}
    <p class="quiet"><a href="/">Back to your car</a></p>`;
  return { ...frame(step, 'Your tariff', body), wide: true, ...(pending ? { refresh: { seconds: 2 } } : {}) };
}

import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import { CUSTOMERS } from '../customers.ts';
import { html, unescaped, type Html } from '../page/html.ts';
import { pageOf, type Page } from '../page/page.ts';

const frame = (step: string, title: string, body: Html): Page => ({ brand: 'energy', step, title, body });

export interface SignInModel {
  /** Where the forms post to. */
  action: string;
  login: string;
  unknown: boolean;
}

/** Press a demo customer, or type a name and any password. */
export function signInPage({ action, login, unknown }: SignInModel): Page {
  const customers = CUSTOMERS.map(
    (customer) =>
      html`<li>
        <button class="choice" name="login" value="${customer.login}" data-customer="${customer.login}">
          <span class="tile" aria-hidden="true">${customer.name.slice(0, 1)}</span>
          <span><strong>${customer.name}</strong><small>${customer.about}</small></span>
        </button>
      </li>`,
  );
  return frame(
    'sign-in',
    'Sign in',
    html`<h1>Sign in to Example Energy</h1>
      ${unknown && html`<p class="problem" role="alert" id="problem">We do not know “${login}”. Choose a demo customer.</p>`}
      <form method="post" action="${action}">
        <ul class="plain">
          ${customers}
        </ul>
      </form>
      <h2>Or type a name</h2>
      <form method="post" action="${action}" class="card">
        <label for="login">User name</label>
        <input
          id="login"
          name="login"
          value="${login}"
          autocomplete="off"
          autocapitalize="none"
          spellcheck="false"
          required
          ${unknown && html`aria-invalid="true" aria-describedby="problem"`}
        />
        <label for="password">Password</label>
        <input id="password" name="password" type="password" autocomplete="off" aria-describedby="any" />
        <p class="quiet" id="any">Any password will do here.</p>
        <button class="button" data-action="sign-in">Sign in</button>
        <button class="button plain" name="cancel" value="yes" formnovalidate data-action="cancel">Cancel</button>
      </form>`,
  );
}

export const expiredPage = (): Page =>
  frame(
    'error',
    'Sign-in expired',
    html`<h1>This sign-in has expired</h1>
      <p>Please go back to where you came from and try again.</p>`,
  );

function render(context: KoaContextWithOIDC, page: Page): void {
  const { headers, markup } = pageOf(page);
  context.set(headers);
  context.type = 'html';
  context.body = markup;
}

/** oidc-provider brings the form with its protection; its two buttons are ours to draw. */
export const logoutPage = (context: KoaContextWithOIDC, form: string): void =>
  render(
    context,
    frame(
      'sign-out',
      'Sign out',
      html`<h1>Sign out of Example Energy?</h1>
        ${unescaped(form)}
        <button class="button" form="op.logoutForm" name="logout" value="yes" data-action="signout">Sign out</button>
        <button class="button plain" form="op.logoutForm">Stay signed in</button>`,
    ),
  );

export const signedOutPage = (context: KoaContextWithOIDC): void =>
  render(
    context,
    frame(
      'signed-out',
      'Signed out',
      html`<h1>You are signed out</h1>
        <p>You can close this page.</p>`,
    ),
  );

export const errorPage: NonNullable<Configuration['renderError']> = (context, out) =>
  render(
    context,
    frame(
      'error',
      'Something went wrong',
      html`<h1>Something went wrong</h1>
        <p>The identity provider could not use this request: <code>${out.error}</code>.</p>
        <p class="quiet">${out.error_description}</p>`,
    ),
  );

import { beforeAll, describe, expect, test } from '@jest/globals';
import type { ConsentModel, PageModel } from '../../src/pages/models.ts';
import type { Renderer } from '../../src/pages/render.ts';
import { CONSENT, halfHours, PRICES, STATES } from '../../src/sandbox/preview/states.ts';
import { rendererWith, strictLanguages, textOf } from './rendering.ts';

let renderer: Renderer;
beforeAll(async () => {
  renderer = rendererWith(await strictLanguages());
});

const read = async (model: PageModel, chosen = 'en'): Promise<string> =>
  textOf((await renderer.render(model, { chosen })).html);
const consent = (changes: Partial<ConsentModel> = {}): Promise<string> => read({ ...CONSENT, ...changes });

describe('before signing in, a customer reads', () => {
  test.each([
    ['who asks, and for what', 'Nordlicht Charge would like to see your electricity tariff'],
    ['who carries it', 'Your tariff goes through Flatpeak'],
    ['who gets the password', 'Only Example Energy gets your password. Nordlicht Charge and Flatpeak never see it.'],
    ['that nothing is decided yet', 'Nothing is shared before that.'],
    ['what to do about a link from a stranger', 'You did not start this yourself in an app? Then press Cancel.'],
  ])('%s', async (_what, words) => expect(await read(STATES.login!)).toContain(words));
});

describe('before deciding, a customer reads', () => {
  test.each([
    ['who asks', 'Allow Nordlicht Charge to see your electricity tariff?'],
    ['what for', 'This lets your device follow your tariff'],
    ['through whom', 'Example Energy sends it to Flatpeak'],
    ['who is signed in', 'Signed in as A… Example'],
    ['for which contract', 'Home 12 Mill Lane, Bristol, BS1 4DJ'],
    ['the tariff', 'Flexible Day-Ahead'],
    ['the price now', 'You pay now 36.90 p/kWh'],
    ['the lowest price and when', 'Lowest 11.85 p/kWh tomorrow at 03:30'],
    ['the highest price and when', 'Highest 38.20 p/kWh today at 19:00'],
    ['whether tax is in it', 'Prices include VAT.'],
    ['what is in it', 'They cover energy, grid fees and levies.'],
    ['since when', 'All prices are shared from 1 March 2025, the start of your contract, until sharing ends.'],
    ['the contract dates', 'Started on 1 March 2025 Ends on 28 February 2027'],
    ['until when', 'Until 21 September 2027. Then it ends by itself.'],
    ['how often', 'prices are read up to 60 times an hour'],
    ['how to stop', 'You can stop at any time on the page “Who can read your tariff”.'],
    ['what stays', 'Nordlicht Charge and Flatpeak may keep what they already have.'],
    ['what is not shared', 'Your name Your street and house number Your password How you pay Your bills'],
  ])('%s', async (_what, words) => expect(await consent()).toContain(words));

  test('how to stop comes before the choice', async () => {
    const words = await consent();
    expect(words.indexOf('You can stop at any time')).toBeLessThan(words.indexOf('Don’t allow'));
  });

  test('both answers look the same', async () => {
    const { html } = await renderer.render(CONSENT, { chosen: 'en' });
    const buttons = [...html.matchAll(/<button class="([^"]*)" data-action="(?:allow|deny)"/g)].map(([, look]) => look);
    expect(buttons).toEqual(['button', 'button']);
  });
});

describe('exactly what is shared is said', () => {
  test('a postcode, and that it is only that', async () => {
    const words = await consent();
    expect(words).toContain('Postcode BS1 4DJ, GB Only the postcode, not your street or house number.');
    expect(words).not.toContain('Address');
  });

  test('a whole address', async () => {
    const words = await consent({ addressShared: { kind: 'full', lines: ['12 Mill Lane', 'Bristol', 'BS1 4DJ'] } });
    expect(words).toContain('Address 12 Mill Lane, Bristol, BS1 4DJ');
    expect(words).not.toContain('Your street and house number');
  });

  test('no address', async () => {
    const words = await consent({ addressShared: null });
    expect(words).toContain('Your name Your address Your password');
    expect(words).not.toContain('Postcode');
  });

  test('unknown dates are left out', async () => {
    const words = await consent({ contract: { start: null, end: null, timezone: 'Europe/London' } });
    expect(words).not.toContain('Contract dates');
    expect(words).toContain('All prices are shared from the start of your contract until sharing ends.');
  });

  test('a contract without an end has none', async () => {
    const words = await consent({ contract: { ...CONSENT.contract, end: null } });
    expect(words).toContain('Started on 1 March 2025');
    expect(words).not.toContain('Ends on');
  });

  test('what is fed in is paid for, not paid', async () => {
    const words = await read(STATES['consent-export']!);
    expect(words).toContain('You are paid now 15.00 p/kWh');
    expect(words).toContain('How much electricity you feed in');
    expect(words).not.toContain('You pay now');
  });
});

describe('prices', () => {
  const priced = (changes: Partial<typeof PRICES>): Promise<string> => consent({ prices: { ...PRICES, ...changes } });

  test('out of reach do not stand in the way', async () => {
    const words = await consent({ prices: null });
    expect(words).toContain('We cannot show your prices right now.');
    expect(words).toContain('Allow');
  });

  test('that never change need no picture', async () => {
    const { html } = await renderer.render(STATES['consent-flat']!, { chosen: 'en' });
    expect(html).not.toContain('<svg');
    expect(textOf(html)).toContain('The price stays the same for the next 24 hours.');
  });

  test('that are known for a part of the day say until when', async () => {
    const words = await priced({ points: PRICES.points.slice(0, 14) });
    expect(words).toContain('Prices are known until tomorrow at 01:30. Later ones are not published yet.');
  });

  test('that never change but are known for a part of the day say both', async () => {
    const words = await priced({ points: halfHours(Array<number>(10).fill(20)) });
    expect(words).toContain('The price stays the same until today at 23:30.');
  });

  test('that are guessed are called estimates', async () => {
    expect(await priced({ points: halfHours([20, 30], undefined, 0.7) })).toContain(
      'Some of these prices are estimates.',
    );
    expect(await consent()).not.toContain('estimate');
  });

  test('of which there is not one leave the rest of the page whole', async () => {
    const words = await priced({ points: [], now: null });
    expect(words).not.toContain('Lowest');
    expect(words).toContain('Prices include VAT.');
  });

  test('of tiers say that others follow', async () => {
    expect(await priced({ tiered: true })).toContain('This is the price for the first part of what you use.');
  });

  test('are all in a list, one line for each stretch of one price', async () => {
    const points = halfHours([20, 20, 20, 30, 30, 20]);
    const { html } = await renderer.render({ ...CONSENT, prices: { ...PRICES, points } }, { chosen: 'en' });
    const rows = [...html.matchAll(/<tr><th scope="row">([^<]*)<\/th><td>([^<]*)<\/td>/g)].map(([, when, price]) => [
      when,
      price?.replace('\u00a0', ' '),
    ]);
    expect(rows).toEqual([
      ['18:30 to 20:00', '20.00 p/kWh'],
      ['20:00 to 21:00', '30.00 p/kWh'],
      ['21:00 to 21:30', '20.00 p/kWh'],
    ]);
  });

  test('tell the two hours of a clock change apart', async () => {
    const words = await read(STATES['consent-clock-change']!);
    expect(words).toContain('01:30 BST');
    expect(words).toContain('01:00 GMT');
  });

  test('have a picture that says in words what it shows', async () => {
    const { html } = await renderer.render(CONSENT, { chosen: 'en' });
    const label = /<svg[^>]*role="img" aria-label="([^"]*)"/.exec(html)?.[1]?.replaceAll('\u00a0', ' ');
    expect(label).toBe('Prices for the next 24 hours, between 11.85 p/kWh and 38.20 p/kWh.');
  });
});

test('an app without a name is spoken of as the one the customer came from', async () => {
  expect(await read(STATES['consent-unnamed']!)).toContain(
    'Allow the app you came from to see your electricity tariff?',
  );
  expect(await read(STATES['login-unnamed']!)).toContain('The app you came from would like to see');
  expect(await read(STATES['done-unnamed']!)).toContain('Back to the app');
});

test('a customer nobody can name is still told to be signed in', async () => {
  expect(await consent({ customer: { masked: null } })).toContain('Signed in as Customer of Example Energy');
});

describe('an error page says', () => {
  test('that nothing was shared', async () => {
    expect(await read(STATES['error-no_supply']!)).toContain('Nothing was shared.');
  });

  test('that an earlier decision stands, where there may have been one', async () => {
    const words = await read(STATES['error-token_used']!);
    expect(words).toContain('If you had already decided, your decision still counts.');
    expect(words).not.toContain('Nothing was shared.');
  });

  test('which reference to give', async () => {
    expect(await read(STATES['error-internal']!)).toContain('Contact Example Energy and give this reference: K7WQ4RDX');
  });

  test('what there is, and why it cannot be shared', async () => {
    const words = await read(STATES['error-no_supply']!);
    expect(words).toContain('Old flat 7 Harbour Road, Cardiff, CF10 4PA You have moved out of this address.');
    expect(words).toContain('Send us the form from your business account.');
  });

  test('the way back that decides nothing, where it is known', async () => {
    const { html } = await renderer.render(STATES['error-journey_expired']!, { chosen: 'en' });
    expect(html).toContain('href="https://nordlicht.example/flatpeak?connect_token=cot_made_up"');
  });
});

describe('while Flatpeak is told', () => {
  test.each(['finishing', 'finishing-allowed', 'finishing-declined', 'finishing-failed'])(
    '%s says that it moves on by itself',
    async (name) =>
      expect(await read(STATES[name]!)).toContain('This page moves on by itself, after 15 seconds at the latest.'),
  );

  test('a customer who allowed hears of the minutes it may take', async () => {
    expect(await read(STATES['finishing-allowed']!)).toContain('some minutes for your tariff to appear in the app');
    expect(await read(STATES['done-allowed-pending']!)).toContain('some minutes for your tariff to appear in the app');
  });

  test('a customer who declined does not', async () => {
    expect(await read(STATES['finishing-declined']!)).not.toContain('your tariff to appear');
  });
});

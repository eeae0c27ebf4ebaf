import { describe, expect, test } from '@jest/globals';
import { renderBody, renderHeader, renderKey, renderUrl, valueOf } from '../../../src/tariff/sources/render.ts';
import type { SourceContext } from '../../../src/tariff/sources/source.ts';

const context: SourceContext = {
  sub: 'user/1?x=y',
  claims: {
    customer_number: 4711,
    name: 'Zoë "Z" <z>',
    'https://example.com/number': 'N-1',
    address: { postal_code: 'AB1 2CD' },
    empty: '',
    parent: '..',
    lines: 'a\r\nb',
  },
  supply: { id: 'S 1', account_id: null, meter_point_id: '12#34' },
  agreement: { product: 'GO|A', region: 'B' },
  from: Temporal.Instant.from('2025-01-01T00:00:00+01:00'),
};

describe('an address', () => {
  test.each([
    ['https://a.example/{sub}', 'https://a.example/user%2F1%3Fx%3Dy'],
    ['https://a.example/c/{claims.customer_number}', 'https://a.example/c/4711'],
    ['https://a.example/{claims.https://example.com/number}', 'https://a.example/N-1'],
    ['https://a.example/{claims.address.postal_code}', 'https://a.example/AB1%202CD'],
    ['https://a.example/{supply_id}?mp={meter_point_id}', 'https://a.example/S%201?mp=12%2334'],
    ['https://a.example/?from={from}', 'https://a.example/?from=2024-12-31T23%3A00%3A00Z'],
    ['https://a.example/{agreement.product}', 'https://a.example/GO%7CA'],
  ])('%s', (template, url) => {
    expect(renderUrl(template, context).href).toBe(url);
  });

  test.each([
    '{account_id}',
    '{to}',
    '{claims.absent}',
    '{claims.empty}',
    '{claims.address}',
    '{claims.toString}',
    '{agreement.x}',
  ])('with nothing for %s is not asked', (placeholder) => {
    expect(() => renderUrl(`https://a.example/${placeholder}`, context)).toThrow('source_value_missing');
  });

  test('does not climb out of its path by a value', () => {
    expect(() => renderUrl('https://a.example/customers/{claims.parent}/supplies', context)).toThrow(
      'source_value_missing',
    );
  });
});

describe('a body', () => {
  test.each([
    ['json', '{"n": "{claims.name}"}', '{"n": "Zoë \\"Z\\" <z>"}'],
    ['xml', '<n>{claims.name}</n>', '<n>Zoë &quot;Z&quot; &lt;z&gt;</n>'],
    ['form', 'n={claims.name}&s={sub}', 'n=Zo%C3%AB%20%22Z%22%20%3Cz%3E&s=user%2F1%3Fx%3Dy'],
  ] as const)('in %s escapes its values', (format, template, body) => {
    expect(renderBody(template, format, context)).toBe(body);
  });

  test('keeps braces that are no placeholder', () => {
    const query = 'query($id: ID!) { supply(id: $id) { tariff {name} } }';
    expect(renderBody(query, 'json', context)).toBe(query);
  });
});

test('a header takes no value that would begin another', () => {
  expect(renderHeader('{claims.customer_number}', context)).toBe('4711');
  expect(() => renderHeader('{claims.lines}', context)).toThrow('source_value_missing');
});

test('a key keeps its parts apart', () => {
  expect(renderKey('{agreement.product}|{agreement.region}', context)).toBe('GO%7CA|B');
});

test('a missing value is named, its place and no more', () => {
  expect(() => valueOf('claims.absent', context)).toThrow(
    expect.objectContaining({ facts: { path: 'claims.absent' } }),
  );
});

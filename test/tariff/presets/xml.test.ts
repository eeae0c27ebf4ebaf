import { expect, test } from '@jest/globals';
import { codeOf, Failure } from '../../../src/base/failure.ts';
import { parseXml } from '../../../src/tariff/presets/xml.ts';

test('XML becomes JSON by local names, with text as it came', () =>
  expect(
    parseXml(
      '<?xml version="1.0"?><d:doc xmlns:d="urn:x"><d:area code="A01">SE3</d:area><p>1.10</p><p>0</p><n>A &amp; B</n></d:doc>',
    ),
  ).toMatchObject({ doc: { area: { '#text': 'SE3', '@code': 'A01' }, p: ['1.10', '0'], n: 'A & B' } }));

const refusal = (text: string): string => {
  try {
    parseXml(text);
    return 'read';
  } catch (error) {
    return `${codeOf(error)} ${String((error as Failure).facts.reason)}`;
  }
};

test.each([
  ['an entity bomb', '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>', 'xml_document_type'],
  ['an external entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', 'xml_document_type'],
  ['a truncated document', '<a><b>1</b>', 'not_xml'],
  ['something else', '{"a": 1}', 'not_xml'],
])('%s is refused', (_, text, reason) => expect(refusal(text)).toBe(`source_malformed ${reason}`));

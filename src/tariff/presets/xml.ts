import { XMLParser } from 'fast-xml-parser';
import { Failure } from '../../base/failure.ts';

/**
 * XML as the JSON that presets and mappings read: elements by their local names, values as the text they came as (so
 * that decimals stay exact), attributes as `@name`, an element repeated as a list, and `#text` beside attributes.
 */
const parser = new XMLParser({
  ignoreDeclaration: true,
  ignorePiTags: true,
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
});

/**
 * Throws `source_malformed`. A document type is refused unread: only there can entities be declared, and no format of
 * prices has one. What is left are XML's own five (`&amp;` …).
 */
export function parseXml(text: string): unknown {
  if (/<!DOCTYPE/i.test(text)) throw new Failure('source_malformed', { reason: 'xml_document_type' });
  try {
    // Alone, the parser takes a truncated document for a whole one; the validator's successor is one more dependency.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    return parser.parse(text, true) as unknown;
  } catch (error) {
    throw new Failure('source_malformed', { reason: 'not_xml' }, error);
  }
}

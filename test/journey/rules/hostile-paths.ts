import type { Hostile } from './hostile-addresses.ts';

const GOOD = 'https://app.example/flatpeak';

/** Paths that lead elsewhere once some server has decoded them. */

/** What a server behind the path could take for the end of a line or of a text. */
const CONTROLS = ['00', '01', '08', '09', '0a', '0A', '0d', '0d%0a', '1b', '1f', '7f'];
const encodedControls: Hostile[] = CONTROLS.flatMap((code) => [
  [`control character %${code} in the path`, `${GOOD}/%${code}evil`],
  [`control character %${code} at its end`, `${GOOD}%${code}`],
  [`control character %${code} encoded again`, `${GOOD}/%25${code.replace('%', '%25')}evil`],
  [`control character %${code} in an app's path`, `myapp://oauth-callback/%${code}`],
]);
const smuggled: Hostile[] = [
  ['a header behind the path', `${GOOD}/%0d%0aLocation:%20https://evil.example`],
  ['a solidus that is no UTF-8', `${GOOD}/..%c0%afevil`],
  ['a solidus in three bytes', `${GOOD}/..%e0%80%afevil`],
  ['a solidus in four bytes', `${GOOD}/..%f0%80%80%afevil`],
  ['a backslash that is no UTF-8', `${GOOD}/..%c1%9cevil`],
  ['a solidus in the encoding of old', `${GOOD}/..%u2215evil`],
  ['a full-width solidus', `${GOOD}/..%ef%bc%8fevil`],
  ['a full-width backslash', `${GOOD}/..%ef%bc%bcevil`],
  ['a division slash', `${GOOD}/..%e2%88%95evil`],
  ['a fraction slash', `${GOOD}/..%e2%81%84evil`],
  ['a full-width percent sign', `${GOOD}/%ef%bc%852e%ef%bc%852e/evil`],
];

/** Climbs out of a path, in every spelling some server takes for it. */
const DOTS = [
  '..',
  '.%2e',
  '%2e.',
  '%2E%2e',
  '%252e%252e',
  '%25252e.',
  '%25%32%65%25%32%65',
  '%2%65.',
  '%c0%ae%c0%ae',
  '%C0%AE.',
  '%c0%2e%c0%2e',
  '%e0%80%ae%e0%80%ae',
  '%f0%80%80%ae.',
  '%25c0%25ae.',
  '%u002e%u002e',
  '%uff0e.',
  '%ef%bc%8e%ef%bc%8e',
  '%ef%b9%92.',
  '%e2%80%a4.',
  '%e2%80%a5',
  '..%20',
  '%20..',
  '..%c2%a0',
  '..%00',
  '..%09',
  '..%3bx',
  '..;',
  '..;x=1',
  '%2e%2e;',
  '%2e%2e%3b',
  '.',
  '%2e',
  '.;',
];
const climbing: Hostile[] = DOTS.flatMap((dots) => [
  [`dot segment ${dots}`, `https://app.example/flatpeak/${dots}/evil`],
  [`dot segment ${dots} at the end`, `https://app.example/flatpeak/${dots}`],
  [`dot segment ${dots} there and back`, `https://app.example/evil/${dots}/flatpeak`],
  [`dot segment ${dots} with an encoded solidus`, `https://app.example/flatpeak/${dots}%2fevil`],
  [`dot segment ${dots} with an encoded solidus in capitals`, `https://app.example/flatpeak%2F${dots}%2Fevil`],
  [`dot segment ${dots} with an encoded backslash`, `https://app.example/flatpeak/${dots}%5cevil`],
  [`dot segment ${dots} in an app's address`, `myapp://oauth-callback/x/${dots}/evil`],
]);

export const PATH_TRICKS: Hostile[] = [...encodedControls, ...smuggled, ...climbing];

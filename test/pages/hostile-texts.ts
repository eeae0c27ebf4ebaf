/** Texts that somebody might call themselves to become more than a text. Each holds a word nobody else uses. */
export const CANARY = 'Mallory';

const text = (code: string): string => code.replaceAll('@', CANARY);

export const HOSTILE_TEXTS: [why: string, text: string][] = [
  ['a script', text('@<script>alert(1)</script>')],
  ['the end of a script', text('</script><img src=x onerror=alert(1)>@')],
  ['the end of a title', text('</title><script>alert(1)</script>@')],
  ['the end of a comment', text('--><svg onload=alert(1)>@<!--')],
  ['the end of an attribute', text('@" onload="alert(1)" x="')],
  ['the end of an attribute in single quotes', text("@' onmouseover='alert(1)")],
  ['the end of an attribute without quotes', text('@ onload=alert(1)>')],
  ['the end of an element', text('@"></main><form action=https://evil.example><button>Allow</button>')],
  ['a page of its own', text('@<meta http-equiv="refresh" content="0;url=https://evil.example">')],
  ['entities', text('@&lt;script&gt;&#60;b&#62;&amp;&NewLine;&colon;')],
  ['a character between angle brackets', text('@\ufe64script\ufe65\uff1cb\uff1e')],
  ['a template of EJS', text('@<%= frame.csrf %><%- include("/etc/passwd") %>')],
  ['a placeholder of ours', text('@ {{brand}} {{recipient}} $t(login.cancel) $t(consent.allow)')],
  ['a template of others', text('@ ${7*7} #{7*7} {{7*7}} ${jndi:ldap://evil.example}')],
  ['a script’s address', text('javascript:alert(`@`)')],
  ['a page’s address', text('data:text/html,<script>alert(1)</script>@')],
  ['the end of a header', text('@\r\nSet-Cookie: evil=1\r\n\r\n<script>alert(1)</script>')],
  ['the end of a log line', text('@\n{"level":30,"event":"journey_started"}\u2028{"level":30}\u0085')],
  ['colours of a terminal', text('\u001b[31m@\u001b[0m\u009b2J\u0007\u0008\u007f')],
  ['a turn of direction', text('@\u202eevila\u202c \u2066x\u2069 \u200f')],
  ['letters nobody sees', text('\u200b\u2060\ufeff\u00ad\u3164@\u115f\u2800\ufe0f\u{e0041}')],
  ['letters read from the right', text('@ \u05e9\u05dc\u05d5\u05dd (\u0645\u062b\u0627\u0644 123)')],
  ['pictures', text('@ 👩‍👩‍👧‍👦🇬🇧🏴‍☠️❤️')],
  ['halves of characters', text('@\ud83d x \udd0c\ud800')],
  ['a pile of marks', text(`@${'\u0301\u0489'.repeat(500)}`)],
  ['zero bytes', text('\u0000@\u0000')],
  ['no end', text('@ '.repeat(400))],
  ['no blank', text('@'.repeat(400))],
];

/** Addresses that no link may lead to. */
export const HOSTILE_LINKS: string[] = [
  'javascript:alert("@")',
  'JaVaScRiPt:alert("@")',
  ' javascript:alert("@")',
  'java\nscript:alert("@")',
  '\u0001javascript:alert("@")',
  'vbscript:@',
  'data:text/html,<script>alert("@")</script>',
  'blob:https://evil.example/@',
  'file:///etc/@',
  'intent://@#Intent;scheme=http;end',
  'view-source:https://evil.example/@',
  'http://evil.example/@',
  'https://@:secret@evil.example/',
  '//evil.example/@',
  '/\\evil.example/@',
  '@',
].map((link) => link.replace('@', CANARY));

/** Addresses a link may lead to, and how they must be written. */
export const ODD_LINKS: [given: string, written: string][] = [
  ['https://ok.example/"><script>@', 'https://ok.example/%22%3E%3Cscript%3E@'],
  ["https://ok.example/'onload=alert(1)//@", "https://ok.example/'onload=alert(1)//@"],
  ['https://ok.example/\r\nSet-Cookie: @=1', 'https://ok.example/Set-Cookie:%20@=1'],
  ['https://ok.example/\u202e@', 'https://ok.example/%E2%80%AE@'],
  ['https://оk.example/@', 'https://xn--k-0tb.example/@'],
].map(([given = '', written = '']) => [given.replace('@', CANARY), written.replace('@', CANARY)]);

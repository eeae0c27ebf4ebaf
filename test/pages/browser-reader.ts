import { launchChromium } from '../support/chromium.ts';

/** One page as a browser reads it: nothing of it runs, nothing is loaded. */
export interface Reading {
  /** Every element in order, with the elements around it and the names of its attributes. */
  elements: string[];
  /** Every value of an attribute that a browser may follow, load or send to. */
  addresses: string[];
  text: string;
}

export interface BrowserReader {
  read(pages: string[]): Promise<Reading[]>;
  close(): Promise<void>;
}

/** Runs in the browser, whose names the tests' own types do not know. */
const READ = `(html) => {
  const read = new DOMParser().parseFromString(html, 'text/html');
  const all = [...read.querySelectorAll('*')];
  const about = (element) => {
    const names = element.getAttributeNames().sort();
    const around = [];
    for (let outer = element; outer; outer = outer.parentElement) around.unshift(outer.localName);
    return around.join(' ') + ' [' + names.join(' ') + ']';
  };
  const FOLLOWED = ['href', 'src', 'srcset', 'action', 'formaction', 'poster', 'data', 'background', 'ping', 'cite', 'xlink:href'];
  const addresses = all.flatMap((element) => [
    ...FOLLOWED.filter((name) => element.hasAttribute(name)).map((name) => element.getAttribute(name)),
    ...(element.localName === 'meta' && element.httpEquiv ? [element.content] : []),
  ]);
  return { elements: all.map(about), addresses, text: read.documentElement.textContent };
}`;

export async function openBrowserReader(): Promise<BrowserReader> {
  const browser = await launchChromium();
  const page = await browser.newPage();
  return {
    read: (pages) => page.evaluate(`(${JSON.stringify(pages)}).map(${READ})`),
    close: () => browser.close(),
  };
}

/** True when nothing stands in the first that does not stand, in the same order, in the second. */
export function isPartOf(hostile: string[], benign: string[]): boolean {
  let at = 0;
  return hostile.every((element) => {
    at = benign.indexOf(element, at) + 1;
    return at > 0;
  });
}

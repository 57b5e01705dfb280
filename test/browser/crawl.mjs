// Follows every link of a site, as the person whose cookies these are.
import assert from "node:assert/strict";
import { base } from "./harness.mjs";

const MAX_ADDRESSES = 4_000;

// Addresses that differ in their ids and values alone are pages of one kind.
export const kindOf = (address) => {
  const url = new URL(address, base);
  const names = [...new Set(url.searchParams.keys())].sort();
  const where = url.pathname.replace(/\/\d+(?=\/|$)/g, "/{id}");
  return where + (names.length ? `?${names.join("&")}` : "");
};

// Chips, orders and pages of a list are its own links with other values: the
// first of each kind of address is followed, but every detail page is.
const isNew = (address, queued, kinds) => {
  if (queued.has(address)) return false;
  return !address.includes("?") || !kinds.has(kindOf(address));
};

function linksOf(html, address) {
  const links = [...html.matchAll(/<a\s[^>]*?href="([^"]*)"/g)].map(([, href]) => href.replaceAll("&amp;", "&"));
  return links.map((href) => new URL(href, new URL(address, base)))
    .filter((url) => url.host === new URL(base).host && url.protocol === "http:")
    .map((url) => url.pathname + url.search);
}

// Asks for all that links lead to from the addresses of `starts`; fails for
// what is not there. Returns the first HTML address of each kind.
export async function crawl(storageState, starts) {
  const cookie = (storageState?.cookies ?? []).map(({ name, value }) => `${name}=${value}`).join("; ");
  const headers = { cookie, "accept-language": "es-CO" };
  const queue = [...starts];
  const queued = new Set(queue);
  const kinds = new Set(queue.map(kindOf));
  const pages = new Map();
  while (queue.length > 0) {
    const address = queue.shift();
    const response = await fetch(new URL(address, base), { headers, redirect: "manual" });
    const html = await response.text();
    if (response.status === 301) { // a client that was merged: to the one that stays
      const [next] = linksOf(`<a href="${response.headers.get("location")}">`, address);
      if (!queued.has(next)) queue.push(next);
      queued.add(next);
      continue;
    }
    assert.equal(response.status, 200, `a link leads to ${address}`);
    if (!response.headers.get("content-type").startsWith("text/html")) continue;
    if (!pages.has(kindOf(address))) pages.set(kindOf(address), address);
    for (const link of linksOf(html, address)) {
      if (!isNew(link, queued, kinds)) continue;
      queued.add(link);
      kinds.add(kindOf(link));
      queue.push(link);
    }
    assert.ok(queued.size < MAX_ADDRESSES, `more than ${MAX_ADDRESSES} addresses`);
  }
  return pages;
}

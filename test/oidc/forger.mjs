// A provider that signs whatever it is told to: what a right one never does.
//
//   node forger.mjs PORT ORDERS.json
//
// The orders are read at each request, so that a test changes them at will:
//   claims     over the right ones; null takes one away
//   header     over {"alg": "RS256", "kid": "a"}
//   key        which key signs: "a", "b", "small", or "none", "public" (HMAC
//              with the public key), "empty" (no signature)
//   tamper     changes the claims after signing
//   keys       the keys that are published
//   discovery  over the right document
//   token      the answer of the token endpoint instead of a token
//   slow       the paths that answer after so many milliseconds
//   status     {path: status}
//   large      a path that answers with a megabyte
// GET /asked counts requests by path.
import { createHmac, createSign, constants, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const [port, file] = [Number(process.argv[2]), process.argv[3]];
const issuer = `http://127.0.0.1:${port}`;
const pairs = Object.fromEntries(
  Object.entries({ a: 2048, b: 2048, small: 1024 }).map(([kid, modulusLength]) =>
    [kid, generateKeyPairSync("rsa", { modulusLength })]));
const nonces = new Map(); // by code
const asked = {};
let codes = 0;

const base64 = (x) => Buffer.from(typeof x === "string" || Buffer.isBuffer(x) ? x : JSON.stringify(x)).toString("base64url");

function jwk(kid) {
  return { ...pairs[kid].publicKey.export({ format: "jwk" }), kid, use: "sig" };
}

function over(right, changes = {}) {
  return Object.fromEntries(Object.entries({ ...right, ...changes }).filter(([, v]) => v !== null));
}

function signature(orders, header, text) {
  if (orders.key === "empty") return "";
  if (orders.key === "none") return "AAAA";
  if (orders.key === "public")
    return createHmac("sha256", pairs.a.publicKey.export({ type: "spki", format: "pem" })).update(text).digest("base64url");
  const sign = createSign(`RSA-SHA${/\d+$/.exec(header.alg)?.[0] ?? 256}`).update(text);
  const key = pairs[orders.key ?? "a"].privateKey;
  return sign.sign(header.alg?.startsWith("PS")
    ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : key).toString("base64url");
}

function token(orders, nonce) {
  const now = Math.floor(Date.now() / 1000);
  const relative = over({}, orders.claims);
  for (const name of ["exp", "iat", "nbf"])
    if (typeof relative[name] === "number") relative[name] += now;
  const claims = over({
    iss: issuer, aud: "pt", sub: "forged-1", nonce, iat: now, exp: now + 300,
    name: "Flor Falsa", email: "flor@org.example", email_verified: true, roles: ["App.Tech"],
  }, { ...orders.claims, ...relative });
  const header = over({ alg: "RS256", kid: "a", typ: "JWT" }, orders.header);
  const text = `${base64(header)}.${base64(claims)}`;
  const code = signature(orders, header, text);
  return orders.tamper ? `${base64(header)}.${base64({ ...claims, roles: ["App.Admin"] })}.${code}` : `${text}.${code}`;
}

function discovery(orders) {
  return over({
    issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`, end_session_endpoint: `${issuer}/leave`,
  }, orders.discovery);
}

const pages = {
  "/.well-known/openid-configuration": (orders) => discovery(orders),
  "/keys": (orders) => ({ keys: (orders.keys ?? ["a"]).map(jwk) }),
  "/token": (orders, body) => orders.token ?? {
    access_token: "unused", token_type: "Bearer", id_token: token(orders, nonces.get(body.get("code"))),
  },
  "/asked": () => asked,
};

function answer(request, response, body) {
  const orders = JSON.parse(readFileSync(file, "utf8"));
  const url = new URL(request.url, issuer);
  const path = url.pathname;
  if (path !== "/asked") asked[path] = (asked[path] ?? 0) + 1;
  if (path === "/authorize") {
    const code = `code-${++codes}`;
    nonces.set(code, url.searchParams.get("nonce"));
    const back = new URL(url.searchParams.get("redirect_uri"));
    back.search = new URLSearchParams({ code, state: url.searchParams.get("state"), ...orders.back });
    return response.writeHead(302, { Location: back.href }).end();
  }
  const text = orders.large === path ? "x".repeat(1 << 20)
    : JSON.stringify(pages[path]?.(orders, new URLSearchParams(body)) ?? null);
  setTimeout(() => response.writeHead(orders.status?.[path] ?? 200,
    { "Content-Type": "application/json" }).end(text), orders.slow?.[path] ?? 0);
}

createServer((request, response) => {
  let body = "";
  request.on("data", (piece) => { body += piece; });
  request.on("end", () => answer(request, response, body));
}).listen(port, "127.0.0.1", () => console.log("ready"));

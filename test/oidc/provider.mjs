// The npm oidc-provider, a certified OpenID provider, on loopback.
//
//   node provider.mjs SETTINGS.json
//
// The settings: port, jwks, clients, people (a file, read at each login:
// {"name": {claims}}). Its own pages ask who one is, and for consent.
import { readFileSync } from "node:fs";
import Provider from "oidc-provider";

const settings = JSON.parse(readFileSync(process.argv[2], "utf8"));
const issuer = `http://127.0.0.1:${settings.port}`;

const provider = new Provider(issuer, {
  clients: settings.clients,
  jwks: settings.jwks,
  cookies: { keys: ["a key for the cookies of a test"] },
  pkce: { required: () => true },
  conformIdTokenClaims: false, // in the ID token, as Entra ID has them
  claims: {
    openid: ["sub"],
    profile: ["name", "preferred_username", "roles"],
    email: ["email", "email_verified"],
  },
  features: { rpInitiatedLogout: { enabled: true } },
  async findAccount(_ctx, id) {
    const people = JSON.parse(readFileSync(settings.people, "utf8"));
    return people[id] && {
      accountId: id,
      async claims() { return { sub: id, ...people[id] }; },
    };
  },
});

provider.listen(settings.port, "127.0.0.1", () => console.log("ready"));

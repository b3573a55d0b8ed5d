// An OpenID provider that this project did not write: npm's oidc-provider, with one client.
//
//   node provider.mjs '{"client_id": …, "redirect_uri": …, "jwks": {"keys": […]}}'
//
// It prints its issuer and ends with SIGTERM or with its standard input. Its own pages take and give
// JSON: POST /interaction/:uid {"claims": {"sub": …}} identifies somebody, {} cancels. PUT /peer makes a
// new signing key; {"overlap": true} keeps publishing the ones before it, {"clock": -600} sets the clock
// ten minutes back, {"at_hash": true} adds the hash of the access token, which the code flow may have,
// {"jwks": …} is another set of keys that the client handed over.

import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";

import { Provider } from "oidc-provider";

const LIFETIMES = {
  AccessToken: 60,
  AuthorizationCode: 60,
  IdToken: 300,
  Interaction: 3600,
  Session: 3600,
  Grant: 3600,
};

const client = JSON.parse(process.argv[2]);
const people = new Map();
const realNow = Date.now;
const server = createServer((request, response) => {
  answer(request, response).catch((error) => response.writeHead(500).end(error.stack));
});
let issuer;
let keys = [];
let provider;
let respond;

// The library's notices, such as that nothing outlives the process, are as wanted here.
console.info = () => {};
console.warn = () => {};

function configure({ overlap = false, clock = 0, at_hash: hashed = false, jwks = client.jwks }) {
  keys = [newKey(), ...(overlap ? keys : [])];
  Date.now = () => realNow() + clock * 1000;
  provider = new Provider(issuer, {
    claims: {
      openid: ["sub"],
      name: ["name"],
      address: ["address"],
      birthdate: ["birthdate"],
    },
    clients: [
      {
        client_id: client.client_id,
        redirect_uris: [client.redirect_uri],
        jwks,
        token_endpoint_auth_method: "private_key_jwt",
        token_endpoint_auth_signing_alg: "ES256",
        id_token_signed_response_alg: "ES256",
        subject_type: "pairwise",
        response_types: ["code"],
        grant_types: ["authorization_code"],
      },
    ],
    clientAuthMethods: ["private_key_jwt"],
    clockTolerance: 0,
    cookies: { keys: [randomBytes(32).toString("hex")] },
    enabledJWA: { idTokenSigningAlgValues: ["ES256"], clientAuthSigningAlgValues: ["ES256"] },
    features: { devInteractions: { enabled: false } },
    findAccount: (_, id) => ({ accountId: id, claims: () => people.get(id) }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    jwks: { keys },
    pairwiseIdentifier: (_, id, { clientId }) =>
      createHash("sha256").update(`${clientId} ${id}`).digest("hex"),
    pkce: { required: () => true },
    renderError: (ctx, out) => {
      ctx.body = out;
    },
    responseTypes: ["code"],
    subjectTypes: ["pairwise"],
    ttl: LIFETIMES,
  });
  respond = provider.callback();
  if (hashed) addAccessTokenHash(provider.IdToken.prototype);
}

// The library hashes at_hash when it issues, but sets it outside the code flow only.
function addAccessTokenHash(prototype) {
  const { issue } = prototype;
  prototype.issue = function issueWithHash(...args) {
    this.set("at_hash", this.ctx.oidc.entities.AccessToken.jti);
    return issue.apply(this, args);
  };
}

function newKey() {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { ...privateKey.export({ format: "jwk" }), use: "sig", alg: "ES256" };
}

async function answer(request, response) {
  if (request.url === "/peer") {
    configure(await json(request));
    response.writeHead(204).end();
  } else if (request.url.startsWith("/interaction/") && request.method === "POST") {
    await interact(request, response);
  } else if (request.url.startsWith("/interaction/")) {
    const { prompt } = await provider.interactionDetails(request, response);
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(prompt));
  } else {
    await respond(request, response);
  }
}

async function interact(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const { claims } = await json(request);
  if (!claims) {
    await provider.interactionFinished(request, response, {
      error: "access_denied",
      error_description: "End-User aborted interaction",
    });
    return;
  }
  people.set(claims.sub, claims);
  const grant = new provider.Grant({ accountId: claims.sub, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  await provider.interactionFinished(request, response, {
    login: { accountId: claims.sub },
    consent: { grantId: await grant.save() },
  });
}

server.listen(0, "127.0.0.1", () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  configure({});
  console.log(issuer);
});
process.stdin.on("end", () => process.exit()).resume();

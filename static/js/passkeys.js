// Passkeys: adding one in My Library, and logging in with one (WebAuthn Level 3). What needs this
// script stays hidden without it, and where the browser knows no passkeys.

// What can go wrong, in the page's own words (templates/components/passkey_said.html). Browsers do not
// tell a person who cancels from one who takes too long.
const words = document.getElementById("passkey-said")?.dataset ?? {};
const wordsOf = (error) => words[error.name[0].toLowerCase() + error.name.slice(1)];

class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

async function send(address, body, signal) {
  let response;
  try {
    response = await fetch(address, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "X-CSRFToken": document.querySelector('[name="csrfmiddlewaretoken"]').value,
      },
      body: JSON.stringify(body),
      signal,
    });
  } catch {
    throw new Refused(words.unreachable);
  }
  // Logged out meanwhile: the page itself asks for the login, and comes back.
  if (response.redirected) location.reload();
  const answer = await response.json().catch(() => ({}));
  if (!response.ok || response.redirected)
    throw new Refused(answer.message ?? words.unreadable, response.status);
  return answer;
}

function plain(credential) {
  const response = { clientDataJSON: toText(credential.response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = toText(credential.response[name]);
  }
  const transports = credential.response.getTransports?.();
  if (transports) response.transports = transports;
  return { id: credential.id, rawId: toText(credential.rawId), type: credential.type, response };
}

function say(place, kind, text) {
  const note = document.createElement("div");
  const title = document.createElement("p");
  note.className = `note note--${kind}`;
  title.className = "note__title";
  title.textContent = text;
  note.append(title);
  place.replaceChildren(note);
}

// One ceremony at a time: a second press while the device asks would only cancel the first.
let busy = false;

async function attempt(place, button, ceremony) {
  if (busy) return;
  busy = true;
  button.setAttribute("aria-busy", "true");
  place.replaceChildren();
  try {
    location.assign(await ceremony());
  } catch (error) {
    release(button);
    const calm = wordsOf(error);
    say(
      place,
      calm ? "info" : "warn",
      calm ?? (error instanceof Refused ? error.message : words.unreadable),
    );
  }
}

function release(button) {
  busy = false;
  button.removeAttribute("aria-busy");
}

// The page may come back from the browser's memory.
addEventListener("pageshow", () => (busy = false));

function offerToAdd(form) {
  form.hidden = false;
  document.getElementById("passkeys-unknown").hidden = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { options, finish } = form.dataset;
    const name = form.elements.name.value;
    const password = form.elements.password?.value ?? "";
    attempt(
      document.getElementById("passkey-said"),
      form.querySelector('[type="submit"]'),
      async () => {
        const publicKey = await send(options, { name, password }).catch((error) => {
          // The page is older than the last proof of who it is: now the password is asked for.
          if (error.status === 403)
            document.getElementById("passkey-proof")?.removeAttribute("hidden");
          throw error;
        });
        publicKey.challenge = toBytes(publicKey.challenge);
        publicKey.user.id = toBytes(publicKey.user.id);
        for (const known of publicKey.excludeCredentials) known.id = toBytes(known.id);
        const made = await navigator.credentials.create({ publicKey });
        return (await send(finish, { name, response: plain(made) })).next;
      },
    );
  });
}

function offerToLogIn(offer) {
  const { options, finish, next } = offer.dataset;
  const button = offer.querySelector("button");
  const place = document.getElementById("passkey-said");
  const waiting = new AbortController();

  const logIn = async (more) => {
    const publicKey = await send(options, {}, more.signal);
    publicKey.challenge = toBytes(publicKey.challenge);
    const used = await navigator.credentials.get({ publicKey, ...more });
    return async () => (await send(finish, { next, response: plain(used) })).next;
  };

  offer.hidden = false;
  // A challenge that arrives after another login's answer would put its session in that one's place.
  addEventListener("submit", () => waiting.abort());
  button.addEventListener("click", () => {
    waiting.abort();
    attempt(place, button, async () => (await logIn({}))());
  });
  // The device offers its passkeys at the number's field too, and asks nobody who does not want it.
  PublicKeyCredential.isConditionalMediationAvailable?.()
    .then((available) => available && logIn({ mediation: "conditional", signal: waiting.signal }))
    .then((prove) => prove && attempt(place, button, prove))
    .catch(() => {}); // aborted by the button, or nothing to offer
}

// Passkeys that were removed here are offered by the device no more, where it listens.
function tellWhatIsLeft(list) {
  if (list.dataset.accepted) {
    PublicKeyCredential.signalAllAcceptedCredentials?.(JSON.parse(list.dataset.accepted)).catch(
      () => {},
    );
  }
}

if (window.PublicKeyCredential) {
  const form = document.getElementById("passkey-add");
  const offer = document.getElementById("passkey-login");
  const list = document.getElementById("passkeys");
  if (form) offerToAdd(form);
  if (offer) offerToLogIn(offer);
  if (list) tellWhatIsLeft(list);
}

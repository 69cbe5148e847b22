// Sign in with an account of Firebase: get its ID token, and send it with the form.
//
// Nothing is kept in the browser: the session of this service takes the place of Firebase's.

const form = document.getElementById("account");
const trouble = document.getElementById("account-trouble");
const buttons = form.querySelectorAll("button");
const { key, domain, emulator } = form.dataset;

const SENTENCES = {
  "auth/invalid-credential": "This e-mail address and this password do not belong together.",
  "auth/user-not-found": "This e-mail address and this password do not belong together.",
  "auth/wrong-password": "This e-mail address and this password do not belong together.",
  "auth/invalid-email": "This is no e-mail address.",
  "auth/user-disabled": "This account is disabled.",
  "auth/too-many-requests": "There were too many tries: wait a few minutes, or reset the password.",
  "auth/operation-not-allowed":
    "The project does not allow this way to sign in: Firebase console, Authentication, Sign-in method.",
  "auth/unauthorized-domain":
    "The project does not know this address: Firebase console, Authentication, Settings, Authorised domains.",
  "auth/popup-blocked": "The browser has blocked Google's window: allow it for this page.",
  "auth/popup-closed-by-user": "Google's window was closed before the end.",
  "auth/cancelled-popup-request": "Google's window was opened again.",
  "auth/internal-error":
    "Google's window could not be loaded: check the network and what the browser blocks, and try again.",
  "auth/network-request-failed": "Google does not answer: check the network, and try again.",
};

const sdk = Promise.all([import(form.dataset.app), import(form.dataset.auth)]).then(
  ([{ initializeApp }, auth]) => {
    const client = auth.initializeAuth(initializeApp({ apiKey: key, authDomain: domain }), {
      persistence: auth.inMemoryPersistence,
      popupRedirectResolver: auth.browserPopupRedirectResolver,
    });
    if (emulator) {
      auth.connectAuthEmulator(client, emulator, { disableWarnings: true });
    }
    return { ...auth, client };
  },
);

function allow(possible) {
  for (const button of buttons) {
    button.disabled = !possible;
  }
}

function say(sentence) {
  trouble.textContent = sentence;
  trouble.hidden = !sentence;
}

async function signIn(withAccount) {
  say("");
  allow(false);
  try {
    const { user } = await withAccount(await sdk);
    form.elements.token.value = await user.getIdToken();
    form.submit();
  } catch (error) {
    say(SENTENCES[error.code] ?? `The sign-in failed: ${error.code ?? error.message}.`);
    allow(true);
  }
}

document.getElementById("with-google").addEventListener("click", () => {
  signIn((firebase) =>
    firebase.signInWithPopup(firebase.client, new firebase.GoogleAuthProvider()),
  );
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const email = document.getElementById("email").value;
  const password = document.getElementById("password").value;
  signIn((firebase) => firebase.signInWithEmailAndPassword(firebase.client, email, password));
});

sdk.then(
  () => allow(true),
  () => say("The part of this page that signs in accounts could not be loaded: reload the page."),
);

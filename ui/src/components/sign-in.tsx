// The form that stands before the page until somebody has signed in; Escape does not take it away.
import { useEffect, useRef, useState } from "preact/hooks";
import { CodeRefused, form, signIn } from "../session";
import { Problem } from "./problem";

export function SignIn() {
  const why = form.value;
  return why === null ? null : <Form why={why} />;
}

function Form({ why }: { why: string }) {
  const self = useRef<HTMLDialogElement>(null);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const [asksForCode, setAsksForCode] = useState(false);
  const code = useRef<HTMLInputElement>(null);
  useEffect(() => self.current!.showModal(), []);
  useEffect(() => code.current?.focus(), [asksForCode]);
  const refused = (problem: Error) => {
    setError(problem instanceof CodeRefused && problem.missing ? "" : problem.message);
    if (!(problem instanceof CodeRefused)) return;
    setAsksForCode(true);
    code.current?.select(); // the next code is typed in its place
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const filled = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(filled.get(name) ?? "").trim();
    setBusy(true);
    setError("");
    await signIn(text("token"), text("code")).catch(refused);
    setBusy(false);
  };
  return (
    <dialog ref={self} aria-label="Sign in" onClose={() => self.current?.showModal()}>
      <div class="dialog-body">
        <div class="dialog-head">
          <h2>Sign in</h2>
        </div>
        <p>{why}</p>
        <form class="stack" onSubmit={submit}>
          <label class="field">
            <span>Token</span>
            <input name="token" type="password" autocomplete="current-password" required autofocus />
          </label>
          <p class="faint">
            Whoever runs this server makes one: <code>choreoctl token create</code>
          </p>
          {asksForCode && (
            <label class="field">
              <span>Code</span>
              <input
                ref={code}
                name="code"
                inputMode="numeric"
                autocomplete="one-time-code"
                aria-describedby="of-code"
              />
            </label>
          )}
          {asksForCode && (
            <p class="faint" id="of-code">
              The six digits that your authenticator app shows for this server
            </p>
          )}
          <Problem text={error} />
          <div class="actions">
            <button type="submit" class="accent" disabled={busy}>
              Sign in
            </button>
          </div>
        </form>
      </div>
    </dialog>
  );
}

// The form that stands before the page until somebody has signed in; Escape does not take it away.
import { useEffect, useRef, useState } from "preact/hooks";
import { form, signIn } from "../session";
import { Problem } from "./problem";

export function SignIn() {
  const why = form.value;
  return why === null ? null : <Form why={why} />;
}

function Form({ why }: { why: string }) {
  const self = useRef<HTMLDialogElement>(null);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => self.current!.showModal(), []);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const token = String(new FormData(event.currentTarget as HTMLFormElement).get("token") ?? "").trim();
    setBusy(true);
    setError("");
    await signIn(token).catch((problem: Error) => setError(problem.message));
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

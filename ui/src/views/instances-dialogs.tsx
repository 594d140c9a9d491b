// Making an instance, and deleting one: each by typing its name.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { path, request } from "../api";
import { Dialog } from "../components/dialog";
import { Problem } from "../components/problem";
import { number } from "../format";
import { address, go } from "../router";
import { refreshInstances } from "../shared";
import type { Instance } from "../types";

interface NameProps {
  title: string;
  label: ComponentChildren;
  button: string;
  look: "accent" | "danger";
  allowed(name: string): boolean;
  act(name: string): Promise<void>;
  close(): void;
  children: ComponentChildren;
}

function NameDialog({ title, label, button, look, allowed, act, close, children }: NameProps) {
  const [name, setName] = useState("");
  const [error, setError] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    void act(name).catch((problem: Error) => setError(problem.message));
  };
  return (
    <Dialog title={title} onClose={close}>
      <form onSubmit={submit} class="stack">
        <label class="field">
          <span>{label}</span>
          <input
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
            autofocus
            autocomplete="off"
            spellcheck={false}
          />
        </label>
        {children}
        <Problem text={error} />
        <div class="actions">
          <button type="submit" class={look} disabled={!allowed(name)}>
            {button}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export function Create({ close }: { close: () => void }) {
  const create = async (name: string) => {
    await request("/instances", { body: { slug: name } });
    await refreshInstances();
    go(address([name, "live"]));
  };
  return (
    <NameDialog
      title="New instance"
      label="Name"
      button="Create"
      look="accent"
      allowed={(name) => name !== ""}
      act={create}
      close={close}
    >
      <p class="faint">1 to 63 of a-z 0-9 _ -, beginning with a letter or a digit.</p>
    </NameDialog>
  );
}

export function Delete({ instance, close }: { instance: Instance; close: () => void }) {
  const remove = async () => {
    await request(path("instances", instance.slug), { method: "DELETE" });
    await refreshInstances();
    close();
  };
  const label = (
    <>
      Type <strong>{instance.slug}</strong> to delete it
    </>
  );
  return (
    <NameDialog
      title={`Delete ${instance.slug}?`}
      label={label}
      button="Delete"
      look="danger"
      allowed={(name) => name === instance.slug}
      act={remove}
      close={close}
    >
      <p>Its log of {number(instance.operations ?? 0)} operations, its streams and its webhooks are gone for ever.</p>
    </NameDialog>
  );
}

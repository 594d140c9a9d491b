// Who is signed in, where the server asks for that (docs/http.md, "Access"). A 401 anywhere means that nobody is, or no longer:
// then the form stands before the page, which goes on where it was once somebody has signed in.
import { signal } from "@preact/signals";

interface Person {
  subject: string;
  scopes: string[];
  expires: string;
}

export const person = signal<Person | null>(null); // null also where nobody needs to sign in
export const form = signal<string | null>(null); // why the form is there
export const entries = signal(0); // how often somebody signed in; what was refused before is asked for again

const ADDRESS = "/auth/session";
const ENDED = "The session has ended: its token expired or was revoked. Sign in again to go on where you were.";
const ASKED = "This server asks who you are.";

interface Answer extends Person {
  auth: "none" | "token";
  error?: string;
  code?: string;
}

// Where the token is good and the second factor is not: what the server says of the code.
export class CodeRefused extends Error {
  constructor(
    message: string,
    readonly missing: boolean,
  ) {
    super(message);
  }
}
const OF_CODES = ["code_required", "wrong_code", "code_used", "too_many_codes"];

async function ask(method: string, body?: unknown): Promise<{ status: number; answer: Answer }> {
  const response = await fetch(ADDRESS, {
    method,
    headers: { "Content-Type": "application/json" }, // the server takes no form where a cookie says who asks
    body: body === undefined ? undefined : JSON.stringify(body),
    cache: "no-store",
  });
  return { status: response.status, answer: (await response.json()) as Answer };
}

// For whoever was answered 401.
export function denied(): void {
  form.value ??= person.value ? ENDED : ASKED;
  person.value = null;
}

export async function findSession(): Promise<void> {
  const { status, answer } = await ask("GET");
  if (status === 401) denied();
  else if (status === 200 && answer.auth === "token") person.value = answer;
}

// code: of an authenticator app; "" where none was asked for.
export async function signIn(token: string, code: string): Promise<void> {
  const { status, answer } = await ask("POST", code === "" ? { token } : { token, code });
  const told = answer.error ?? `The server answered ${status}.`;
  if (OF_CODES.includes(answer.code ?? "")) throw new CodeRefused(told, answer.code === "code_required");
  if (status !== 200) throw new Error(told);
  person.value = answer.auth === "token" ? answer : null;
  form.value = null;
  entries.value += 1;
}

export async function signOut(): Promise<void> {
  await ask("DELETE");
  person.value = null;
  form.value = "You are signed out.";
}

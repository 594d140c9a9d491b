// Writing: a form for each operator, which shows the operation and the command that sends it; and whole lists.
import { lazyPart } from "../components/lazy";
import { address, route, slug } from "../router";
import { RULE } from "../rule-form";
import { FORMS } from "../write-forms";
import { OperatorForm } from "./write-form";

const Snapshot = lazyPart(() => import("./write-snapshot").then((module) => module.Snapshot));

const OTHERS = { snapshot: "Snapshot", rule: "Rule" };

export default function Write() {
  const instance = slug.value!;
  const chosen = route.value.path[2] ?? "INS";
  const form = chosen === "rule" ? RULE : FORMS.find((one) => one.op === chosen);
  return (
    <div class="view write">
      <div class="bar">
        <h1>Write</h1>
        <span class="faint">{form?.says ?? "A whole list as it is now; Choreo works out the operations."}</span>
      </div>
      <nav class="filters" aria-label="Operators">
        <span class="chips">
          {FORMS.map((one) => (
            <a
              key={one.op}
              class="op chip"
              data-op={one.op}
              href={address([instance, "write", one.op])}
              aria-current={one.op === chosen ? "page" : undefined}
            >
              {one.op}
            </a>
          ))}
        </span>
        <span class="tabs">
          {Object.entries(OTHERS).map(([name, title]) => (
            <a key={name} href={address([instance, "write", name])} aria-current={chosen === name ? "page" : undefined}>
              {title}
            </a>
          ))}
        </span>
      </nav>
      {form ? <OperatorForm key={chosen} form={form} instance={instance} /> : <Snapshot instance={instance} />}
    </div>
  );
}
